"""What panels that show one model at a time have in common: a model chosen, and one that cannot be read."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.job import Failure
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.model_chooser import ModelChooser


class ModelPanel(QWidget):
    """``model_refused`` tells the path of a model that cannot be read, and the Failure. A panel gives ``_chooser`` and
    ``banner``, and says how it looks at the model that is chosen and how it leaves one.
    """

    model_refused = Signal(str, object)
    banner: Banner

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: a label and a path each. The choice stays; without one the first is taken."""
        self._chooser().set_models(models)
        self._look()

    def choose_model(self, path: str) -> None:
        """Shows the model at ``path``, as soon as the panel is on screen."""
        self._chooser().choose(path)
        self._look()

    def refuse_model(self, path: str, failure: Failure) -> None:
        """The model at ``path`` cannot be read: the one before is shown, or is there when the panel is seen."""
        chooser = self._chooser()
        was_chosen = path == chooser.path()
        chooser.refuse(path)
        if was_chosen:
            self._leave_model(path)
            if self.isVisible():
                self.banner.show_failure(failure)

    def _chooser(self) -> ModelChooser:
        raise NotImplementedError

    def _look(self) -> None:
        """Reads the chosen model, unless nobody looks or it is the one that is shown."""
        raise NotImplementedError

    def _leave_model(self, path: str) -> None:
        """Leaves ``path`` for the model that is chosen now, which is the same where there is no other."""
        raise NotImplementedError
