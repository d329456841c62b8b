"""The control for the model that a training begins with: none, known ones, or one that is looked for."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from alexnet_app.ui.parts.form.path_box import PathBox

MODEL = "model"
SUFFIX = ".alexnet"


class ModelBox(PathBox):
    """A model: nothing, a known one, or a MODEL file."""

    def ways(self) -> tuple[tuple[str, str], ...]:
        """A file."""
        return ((self.tr("Model file…"), MODEL),)

    def dialog(self, what: str) -> QFileDialog:
        """For a model."""
        dialog = QFileDialog(self, self.tr("Choose a model to initialize from"), self.beginning())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Models ({pattern})").format(pattern=f"*{SUFFIX}"))
        return dialog

    def takes(self, path: str) -> bool:
        """Whether ``path`` may be a model."""
        return path.lower().endswith(SUFFIX) and Path(path).is_file()
