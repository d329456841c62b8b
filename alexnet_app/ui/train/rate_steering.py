"""The learning rate of the run on the screen: shown beside its curves, set, and set back."""

from PySide6.QtCore import QObject

from alexnet_app.core.runs.state import RunState
from alexnet_app.core.steering import LEAST_RATE, MOST_RATE
from alexnet_app.ui.parts.form.fields import write
from alexnet_app.ui.train.run_control import RunControl
from alexnet_app.ui.train.views.rate_box import RateBox


class RateSteering(QObject):
    """Joins ``control``, which asks the run, with ``box``, in which a person reads and types."""

    def __init__(self, control: RunControl) -> None:
        super().__init__(control)
        self._control = control
        self.box = RateBox(LEAST_RATE, MOST_RATE, [control.rate_action, control.undo_action])
        self.box.wanted.connect(control.set_rate)
        control.changed.connect(self._follow_control)
        control.focus_action.triggered.connect(self._focus)
        self._follow_control()

    def follow(self, state: RunState) -> None:
        """Shows what the run has told last."""
        self.box.show_rate(state.rate)
        before = state.asked_rates.undone(state.rate)
        self._control.offer_undo("" if before is None else write(before))

    def _follow_control(self) -> None:
        self.box.allow(self._control.why_not_asked())

    def _focus(self) -> None:
        self.box.edit.setFocus()
        self.box.edit.selectAll()
