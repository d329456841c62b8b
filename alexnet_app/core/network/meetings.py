"""Where two towers meet, from the spec alone: whether they can compute apart, and what then goes between them."""

from collections.abc import Iterator, Sequence

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.network.layers import Convolution
from alexnet_app.core.network.spec import NetworkSpec


def check_towers(spec: NetworkSpec) -> None:
    """Raises UserError where ``spec`` has no two towers that can compute on two devices."""
    if spec.towers == 1:
        raise UserError(
            "{network} has one column and no towers to put on two devices",
            Way.ONE_DEVICE,
            network=spec.name,
            key="placement",
        )
    steps = {step for layer in spec.convolutions for step in layer.then}
    if "norm" in steps and spec.norm.across == "all":
        raise UserError(
            "{network} normalizes across both towers; on two devices each tower normalizes alone",
            Way.ONE_DEVICE,
            network=spec.name,
            key="placement",
        )
    if not all(layer.shared for layer in spec.convolutions):
        raise UserError(
            "{network} has locally connected layers, which cannot be split across two devices",
            Way.ONE_DEVICE,
            network=spec.name,
            key="placement",
        )


def stands_apart(spec: NetworkSpec) -> bool:
    """Whether ``check_towers`` finds nothing against two towers apart."""
    try:
        check_towers(spec)
    except UserError:
        return False
    return True


def exchanged_bytes(spec: NetworkSpec, batch: int, width: int = 4) -> int:
    """Bytes that one training step with ``batch`` pictures sends from tower to tower, from the spec alone.

    Before each layer that sees both towers each sends its maps once, before the last layer only tower B, and their
    gradients go back. ``width`` is the bytes of a value: 4, or 2 in bf16.
    """
    *hidden, _ = spec.dense
    dense = [row for row in spec.figures() if row.name in {each.name for each in hidden}]
    values = sum(_met(spec)) + sum(row.inputs for row in dense if row.sees == "both")
    values += spec.figures()[-1].inputs // 2
    return 2 * batch * width * values


def between_meetings(layers: Sequence[Convolution]) -> Iterator[list[Convolution]]:
    """``layers`` in groups, each of which begins with one that sees both towers, or with the first of all."""
    group: list[Convolution] = []
    for layer in layers:
        if layer.sees == "both" and group:
            yield group
            group = []
        group.append(layer)
    if group:
        yield group


def _met(spec: NetworkSpec) -> Iterator[int]:
    """How many values of a picture are exchanged before each convolution that sees both towers."""
    before = zip(spec.convolutions, spec.convolutions[1:], spec.input_sides()[1:], strict=False)
    return (first.kernels * side**2 for first, then, side in before if then.sees == "both")
