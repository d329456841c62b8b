"""The control for a data set: known ones, paths that were used, and the way to look for another one."""

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from alexnet_app.ui.parts.form.path_box import PathBox

FOLDER, ARCHIVE = "folder", "archive"
ARCHIVES = (".tar.gz", ".tgz", ".tar")


class DataBox(PathBox):
    """A data set: a known one, a path that was used, or one that is looked for: a FOLDER or an ARCHIVE."""

    def ways(self) -> tuple[tuple[str, str], ...]:
        """A folder or an archive."""
        return (self.tr("Image folder…"), FOLDER), (self.tr("Archive…"), ARCHIVE)

    def dialog(self, what: str) -> QFileDialog:
        """For a FOLDER or an ARCHIVE."""
        archive = what == ARCHIVE
        title = self.tr("Choose an archive of CIFAR-10") if archive else self.tr("Choose an image folder")
        dialog = QFileDialog(self, title, self.beginning())
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile if archive else QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly, not archive)
        if archive:
            patterns = " ".join(f"*{ending}" for ending in ARCHIVES)
            dialog.setNameFilter(self.tr("Archives ({patterns})").format(patterns=patterns))
        return dialog

    def takes(self, path: str) -> bool:
        """Whether ``path`` is a folder or may be an archive."""
        return Path(path).is_dir() or (path.lower().endswith(ARCHIVES) and Path(path).is_file())
