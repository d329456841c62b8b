"""Images that are no longer where a run had them: the person says where they are now."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.core.errors import UserError, Way
from alexnet_app.ui.job import Failure
from alexnet_app.ui.messages import Banner


class MovedData(QObject):
    """Shows failures in ``banner``, with a way to name the new place of images that were moved."""

    def __init__(self, banner: Banner, window: QWidget) -> None:
        super().__init__(window)
        self._banner, self._window = banner, window

    def show_failure(self, failure: Failure, again: Callable[[str], None]) -> None:
        """Says why a job broke off; ``again`` is called with the place where the images are now."""
        self._banner.show_failure(failure)
        error = failure.error
        if isinstance(error, UserError) and error.hint == Way.MOVED_DATA:
            path = Path(str(error.values["path"]))
            self._banner.add_action(self.tr("Locate the images…"), partial(self._ask, path, again))

    def _ask(self, path: Path, again: Callable[[str], None]) -> None:
        near = next((each for each in path.parents if each.is_dir()), Path.home())
        dialog = QFileDialog(self._window, self.tr("Where are the pictures now?"), str(near))
        is_file = bool(path.suffix)  # an archive, or a table of paths
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile if is_file else QFileDialog.FileMode.Directory)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(again)
        dialog.open()
