"""What the Filters panel says of a model, a layer and a kernel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject
from PySide6.QtGui import QColor

from alexnet_app.core.insight.filters import Sheet, Tower, kernel_picture, slice_pictures
from alexnet_app.core.insight.selectivity import Specialization, TowerTraits
from alexnet_app.core.network.spec import unit_numbers
from alexnet_app.ui.filters.jobs import FilterView, Moment
from alexnet_app.ui.filters.views.kernel_view import Kernel
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.wording import no_checksum, percent


class FilterWords(QObject):
    """Turns what the core knows into the plain values that the widgets show."""

    def orders(self) -> tuple[str, ...]:
        """The names of ORDERS."""
        return (
            self.tr("as learned"),
            self.tr("by strength"),
            self.tr("by colourfulness"),
            self.tr("by hue"),
            self.tr("by stripes"),
            self.tr("by direction"),
        )

    def orders_mean(self) -> tuple[str, ...]:
        """What ORDERS do."""
        return (
            self.tr("The kernels in network order"),
            self.tr("The kernel with the largest L2 norm first"),
            self.tr("The most colourful kernel first, by 1 − energy along grey / total energy"),
            self.tr("By the pair of opposite hues that a kernel tells apart; grey kernels last"),
            self.tr("The most striped kernel first, by the direction index"),
            self.tr("By the direction of the stripes, from horizontal over vertical; spots last"),
        )

    def scales(self) -> tuple[str, str]:
        """The names of WEIGHT_SCALES."""
        return self.tr("per kernel"), self.tr("per layer")

    def scales_mean(self) -> tuple[str, str]:
        """What WEIGHT_SCALES do."""
        return (
            self.tr("Each kernel is scaled by its own largest weight: weak kernels look as strong as others"),
            self.tr("All kernels are scaled by the largest weight of the layer: weak kernels look faint"),
        )

    def no_colour(self, first: str) -> str:
        """Why kernels cannot be sorted by colour."""
        return self.tr("Only the kernels of {layer} read colours").format(layer=first)

    def about(self, view: FilterView) -> str:
        """One line on the model: its network, what it was trained on, for how long, and how good it is."""
        said = view.bundle.summary
        if view.moment is not None:
            return "  ·  ".join((view.bundle.spec.name, self.moment(view.moment)))
        data, error = said.get("data"), said.get("validation_error")
        parts = [view.bundle.spec.name, data if isinstance(data, str) else "", self._age(said)]
        if isinstance(error, float) and 0 <= error <= 1:
            parts.append(self.tr("validation error {error}").format(error=percent(error)))
        parts.append("" if view.bundle.checked else no_checksum())
        return "  ·  ".join(part for part in parts if part)

    def caption(self, view: FilterView) -> str:
        """What stands below a drawing of what is shown: the model, the run, the epoch, the layer."""
        path = Path(view.path)
        name = path.name if path.stem not in ("best", "last") else f"{path.parent.name}/{path.name}"
        return f"{self.about(view)} · {view.layer} · {name}".replace("  ·  ", " · ")

    def moment(self, moment: Moment) -> str:
        """When a snapshot was kept."""
        text = self.tr("snapshot at epoch {epoch:,.2f}, step {step:,}")
        return text.format(**shown(epoch=moment.epoch, step=moment.step))

    def place(self, moment: Moment | None, place: int, count: int) -> str:
        """What the slider over ``count`` snapshots stands at, ``place`` from 0; None is the model itself."""
        if moment is None:
            return self.tr("the model itself, after {count:,} snapshots").format(**shown(count=count - 1))
        text = self.tr("epoch {epoch:,.2f} · step {step:,} · snapshot {number:,} of {count:,}")
        return text.format(**shown(epoch=moment.epoch, step=moment.step, number=place + 1, count=count - 1))

    def note(self, sheet: Sheet, tower: Tower, traits: TowerTraits | None = None) -> str:
        """What stands beside the tower's title; ``traits`` where it is known how many of its kernels have learned."""
        known, _, height, width = tower.weights.shape
        seen = len(sheet.numbers)
        if traits is not None:
            enough = self.tr("{learned:,} of {known:,} learned · kernels of {height} × {width}")
            lacking = self.tr("too few learned, {learned:,} of {known:,} · kernels of {height} × {width}")
            text = enough if traits.is_enough else lacking
            return text.format(**shown(learned=traits.learned, known=known, height=height, width=width))
        if sheet.slices == 1:
            text = self.tr("{known:,} kernels of {height} × {width}")
        elif seen == known:
            text = self.tr("{known:,} kernels · {slices:,} slices each · a row per kernel")
        else:
            text = self.tr("{shown:,} of {known:,} kernels · {slices:,} slices each · a row per kernel")
        return text.format(**shown(shown=seen, known=known, height=height, width=width, slices=sheet.slices))

    def verdict(self, known: Specialization, place: int) -> tuple[str, str]:
        """What the tower at ``place`` has specialised in, and what that rests on."""
        said = {
            "mostly lines": self.tr("mostly lines"),
            "mostly colours": self.tr("mostly colours"),
            "no clear difference": self.tr("no clear difference"),
        }[known.towers[place].verdict]
        rule = self.tr(
            "Only learned kernels are compared: their neighbouring pixels are correlated, those of noise are "
            "not. The remaining noise is subtracted. If the colour indices of the towers differ (p < 0.05), "
            "the tower with the larger median is called mostly colours if that median is at least 0.5. The "
            "other tower is called mostly lines if its median colour index is below 0.5 and its median "
            "direction index is at least 0.5 and the larger of the two."
        )
        return said, "\n".join((*self._lacking(known), *self.indices(known, place), rule))

    def split(self, view: FilterView) -> str:
        """What the towers of ``view`` have specialised in, and what that rests on; of a snapshot no verdict."""
        known = view.specialization
        assert known is not None
        lines = [self.about(view)]
        for place, tower in enumerate(known.towers):
            discs = self.tr("Tower {tower} (discs): {learned:,} of {kernels:,} kernels have learned")
            triangles = self.tr("Tower {tower} (triangles): {learned:,} of {kernels:,} kernels have learned")
            said = (triangles if place else discs).format(
                **shown(tower=tower.name, learned=tower.learned, kernels=tower.kernels)
            )
            lines.append(f"{said}, {self.verdict(known, place)[0]}" if view.moment is None else said)
        lines += self._lacking(known) or self.indices(known, 0)
        if known.colour_p is not None:
            lines.append(
                self.tr("p is how often chance alone deals the learned kernels to two towers that differ as much")
            )
        return "\n".join(lines)

    def indices(self, known: Specialization, place: int) -> tuple[str, str]:
        """The medians of both indices in the tower at ``place`` and in the other one, what chance and noise have."""
        own, other = known.towers[place], known.towers[1 - place]
        colour = self._medians(own.colour, other.colour, other.name, known.colour_p, known.noise.colour)
        lines = self._medians(
            own.orientation, other.orientation, other.name, known.orientation_p, known.noise.orientation
        )
        return (
            self.tr("Colour index (1 − energy along grey / total energy, noise subtracted): {medians}").format(
                medians=colour
            ),
            self.tr("Direction index (0 for spots, near 1 for stripes): {medians}").format(medians=lines),
        )

    def _lacking(self, known: Specialization) -> list[str]:
        """Why there is no verdict, a line for each tower of which too few kernels have learned."""
        said = self.tr(
            "Tower {tower}: {learned:,} of {kernels:,} kernels have learned, at least {needed:,} are needed "
            "for a comparison"
        )
        return [
            said.format(**shown(tower=each.name, learned=each.learned, kernels=each.kernels, needed=each.needed))
            for each in known.lacking
        ]

    def _medians(self, own: float | None, others: float | None, other: str, p: float | None, noise: float) -> str:
        first, second = ("–" if each is None else local(f"{each:.2f}") for each in (own, others))
        text = self.tr("median {own}, in tower {other} {others}").format(own=first, other=other, others=second)
        chance = "" if p is None else self.tr(", p = {p:.2g}").format(**shown(p=p))
        return text + chance + self.tr("; noise has {noise:.2f} (dotted line)").format(**shown(noise=noise))

    def kernel(self, view: FilterView, place: int, number: int, colour: QColor) -> Kernel:
        """The kernel ``number`` (from 1 within the layer), which is of the tower at ``place``."""
        tower = view.towers[place]
        at = number - 1 - tower.first
        weights = tower.weights[at]
        title = self.tr("Kernel {number:,} of tower {tower}") if tower.name else self.tr("Kernel {number:,}")
        return Kernel(
            title.format(**shown(number=number, tower=tower.name)),
            colour,
            weights,
            None if view.moment is not None else float(tower.biases[at]),  # snapshots keep none
            self._maps(tower),
            slice_pictures(weights),
            None if tower.sees else kernel_picture(weights),
            self._facts(view, tower, number),
        )

    def _age(self, said: Mapping[str, Any]) -> str:
        epoch, step = said.get("epoch"), said.get("step")
        if not (isinstance(epoch, int) and isinstance(step, int)):
            return ""
        return self.tr("after epoch {epoch:,}, {step:,} steps").format(**shown(epoch=epoch, step=step))

    def _facts(self, view: FilterView, tower: Tower, number: int) -> list[tuple[str, str]]:
        maps, height, width = tower.weights.shape[1:]
        kernels = sum(len(each.weights) for each in view.towers)
        place = self.tr("{number:,} of {kernels:,}").format(**shown(number=number, kernels=kernels))
        facts = [
            (self.tr("Number in {layer}").format(layer=view.layer), place),
            (self.tr("Shape"), local(f"{height} × {width} × {maps:,}")),
            (self.tr("Input"), self._sees(tower)),
        ]
        if view.moment is not None and not view.moment.has_scales:
            facts.append((self.tr("Unit"), self.tr("its largest weight")))
        return facts

    def _sees(self, tower: Tower) -> str:
        if not tower.sees:
            return self.tr("the image")
        if len(tower.sees) == 2:
            return self.tr("both towers")
        name = tower.sees[0][0]
        return self.tr("tower {name} only").format(name=name) if name else self.tr("all maps")

    def _maps(self, tower: Tower) -> tuple[str, ...]:
        if not tower.sees:
            return self.tr("R"), self.tr("G"), self.tr("B")
        return tuple(
            (self.tr("Tower {name}, map {number:,}") if name else self.tr("Map {number:,}")).format(
                **shown(name=name, number=number)
            )
            for name, count in tower.sees
            for number in unit_numbers(count if name == "B" else 0, range(count))  # both towers have as many
        )
