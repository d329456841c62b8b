"""What each panel remembers from one start to the next, beside sizes and folders: what was chosen in it.

It is kept when the window closes, and ``Settings.forget`` forgets it with all else.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from alexnet_app.core.data.sources.named import NAMES
from alexnet_app.core.training.config import OWN_PHOTOS
from alexnet_app.core.training.config_text import preset_names
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.settings import Settings

if TYPE_CHECKING:
    from alexnet_app.ui.classify.panel import ClassifyPanel
    from alexnet_app.ui.curves.learning_curves import LearningCurves
    from alexnet_app.ui.filters.panel import FiltersPanel
    from alexnet_app.ui.inside.panel import InsidePanel
    from alexnet_app.ui.paper.panel import PaperPanel
    from alexnet_app.ui.train.setup import Setup
    from alexnet_app.ui.train.views.run_list import RunList


class Remembered(NamedTuple):
    """``read`` gives what is to be kept under ``name``, ``write`` takes what was; what means nothing now is passed
    over.
    """

    name: str
    read: Callable[[], str]
    write: Callable[[str], object]


def restore(settings: Settings, entries: Iterable[Remembered]) -> None:
    """Brings back what was kept; what harms nothing but cannot be had any more is left as it is."""
    for each in entries:
        kept = settings.text(each.name)
        if kept:
            with suppress(ValueError):
                each.write(kept)


def keep(settings: Settings, entries: Iterable[Remembered]) -> None:
    """Keeps what is now."""
    for each in entries:
        settings.keep_text(each.name, each.read())


def of_train(setup: "Setup") -> list[Remembered]:
    """The preset, the data that were chosen in its place, and whether runs have processes of their own."""
    always, low = setup.background.always, setup.background.low
    return [
        Remembered("train preset", setup.form.preset, lambda name: _choose_preset(setup, name)),
        Remembered("train data", lambda: str(setup.form.values()["data"]), lambda data: _choose_data(setup, data)),
        Remembered("train background", *_switch(always.isChecked, always.setChecked)),
        Remembered("train low priority", *_switch(low.isChecked, low.setChecked)),
    ]


def of_past_runs(runs: "RunList") -> list[Remembered]:
    """The columns, by which of them the runs are sorted, and whether archived ones are listed."""
    table, archived = runs.table, runs.acts.show_archived
    return [
        Remembered("runs columns", table.columns_wanted, table.want_columns),
        Remembered("runs order", table.order_wanted, table.want_order),
        Remembered("runs archived", *_switch(archived.isChecked, archived.setChecked)),
    ]


def of_curves(curves: "LearningCurves") -> list[Remembered]:
    """Smoothing, axis, scales, markers, the third plot, and what is beside the plots."""
    controls, actions = curves.controls, curves.actions_of_plots
    return [
        Remembered("curves smoothing", controls.smoothing, controls.set_smoothing),
        Remembered("curves third plot", controls.wanted, controls.set_wanted),
        Remembered("curves axis", lambda: str(actions.unit()), actions.set_unit),
        Remembered("curves compared", lambda: str(curves.side.curves()), curves.side.set_curves),
        Remembered("curves log axis", *_switch(actions.log_x.isChecked, actions.log_x.setChecked)),
        Remembered("curves raw", *_switch(actions.raw.isChecked, actions.raw.setChecked)),
        Remembered("curves table", *_switch(actions.table.isChecked, actions.table.setChecked)),
        Remembered("curves log scale", *_switch(curves.log_action.isChecked, curves.log_action.setChecked)),
        Remembered("curves markers", *_switch(curves.marks_action.isChecked, curves.marks_action.setChecked)),
    ]


def of_classify(panel: "ClassifyPanel") -> list[Remembered]:
    """The model, the views, what the list is filtered and sorted by, and whether it has groups and tiles."""
    from alexnet_app.ui.classify.views.arrangement import Order

    views, group, grid, bar = panel.commands.ten_views, panel.commands.group, panel.commands.grid, panel.gallery.bar
    return [
        Remembered("classify model", panel.chooser.picked, lambda path: _choose_model(panel.chooser, path)),
        Remembered("classify ten views", *_switch(views.isChecked, views.setChecked)),
        Remembered("classify filter", panel.gallery.filter.text, panel.gallery.filter.setText),
        Remembered("classify order", bar.wanted, lambda name: bar.want(Order(name))),
        Remembered("classify reversed", *_switch(bar.reverse.isChecked, bar.reverse.setChecked)),
        Remembered("classify groups", *_switch(group.isChecked, group.setChecked)),
        Remembered("classify tiles", *_switch(grid.isChecked, grid.setChecked)),
    ]


def of_filters(panel: "FiltersPanel") -> list[Remembered]:
    """The model, its layer, the order and the scale of its kernels."""
    from alexnet_app.core.insight.filters import ORDERS, WEIGHT_SCALES  # torch comes with it

    bar = panel.bar
    return [
        Remembered("filters model", bar.chooser.picked, lambda path: _choose_model(bar.chooser, path)),
        Remembered("filters layer", lambda: bar.wanted_layer, lambda name: setattr(bar, "wanted_layer", name)),
        Remembered("filters order", lambda: bar.wanted_order, lambda name: _set(bar, "wanted_order", name, ORDERS)),
        Remembered(
            "filters scale", lambda: bar.wanted_scale, lambda name: _set(bar, "wanted_scale", name, WEIGHT_SCALES)
        ),
    ]


def of_inside(panel: "InsidePanel") -> list[Remembered]:
    """The model."""
    chooser = panel.bar.chooser
    return [Remembered("inside model", chooser.picked, lambda path: _choose_model(chooser, path))]


def of_paper(panel: "PaperPanel") -> list[Remembered]:
    """The experiment."""
    return [Remembered("paper experiment", panel.list.name, panel.list.choose)]


def _switch(read: Callable[[], bool], write: Callable[[bool], None]) -> tuple[Callable[[], str], Callable[[str], None]]:
    return (lambda: "on" if read() else "off"), (lambda text: write(text == "on"))


def _set(owner: object, name: str, value: str, known: Iterable[str]) -> None:
    if value in known:
        setattr(owner, name, value)


def _choose_model(chooser: ModelChooser, path: str) -> None:
    with suppress(OSError):
        if Path(path).is_file():
            chooser.choose(path)


def _choose_preset(setup: "Setup", name: str) -> None:
    if name in (*preset_names(), OWN_PHOTOS):
        setup.use_preset(name)


def _choose_data(setup: "Setup", data: str) -> None:
    with suppress(OSError):
        if data in NAMES or Path(data).exists():
            setup.use_data(data)
