"""How large the networks of an experiment are: what is left out of one can make it smaller too."""

from collections.abc import Mapping, Sequence

from alexnet_app.core.experiments.experiment import NamedRun, Row
from alexnet_app.core.network.spec import NetworkSpec

MILLION = 1_000_000


def networks_of(planned: Sequence[NamedRun]) -> dict[str, NetworkSpec]:
    """The network of each group, as its first run in ``planned`` has it."""
    networks: dict[str, NetworkSpec] = {}
    for each in planned:
        if each.group not in networks:
            networks[each.group] = each.config.spec()
    return networks


def size_words(spec: NetworkSpec) -> str:
    """Parameters, multiply-adds of one forward pass of one image, and the sides of the maps in pixels."""
    sides = "-".join(map(str, spec.sides()))
    return f"{spec.parameters:,} parameters, {spec.multiply_adds / MILLION:,.1f} M multiply-adds, maps {sides}"


def size_lines(planned: Sequence[NamedRun]) -> list[str]:
    """A line for each group; a single one where all of their networks are equally large."""
    words = {group: size_words(spec) for group, spec in networks_of(planned).items()}
    if len(words) > 1 and len(set(words.values())) == 1:
        return [f"all networks: {next(iter(words.values()))}"]
    return [f"{group}: {each}" for group, each in words.items()]


def size_rows(networks: Mapping[str, NetworkSpec]) -> list[Row]:
    """The same as lines of a finding, for the networks by their group."""
    return [Row(f"size, {group}", None, note=size_words(spec)) for group, spec in networks.items()]


def side_effects(plain: NetworkSpec, changed: NetworkSpec, who: str) -> str:
    """In what size the network ``changed``, called ``who``, is otherwise than ``plain``, as a sentence; empty if in
    none: then only what was meant to change has changed.
    """
    pairs = (
        ("parameters", plain.parameters, changed.parameters),
        ("multiply-adds", plain.multiply_adds, changed.multiply_adds),
    )
    said = [_ratio(name, before, after) for name, before, after in pairs if before != after]
    said += ["maps of other sides"] if plain.sides() != changed.sides() else []
    return f"Its size changes too: {who} has {' and '.join(said)}." if said else ""


def _ratio(name: str, before: int, after: int) -> str:
    return f"{100 * abs(after / before - 1):.2g} % {'fewer' if after < before else 'more'} {name}"
