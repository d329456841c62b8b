"""What the window remembers from one start to the next: where it was and what was last used. Nothing else."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

ORGANIZATION, APPLICATION = "AlexNet App", "window"


def _is_ordinary() -> bool:
    """Whether what the system keeps them in is a file, or not there yet: Qt waits for a pipe, and puts a file in the
    place of a device.
    """
    other = Path(QSettings(f"{ORGANIZATION} elsewhere", APPLICATION).fileName())  # nothing is kept there
    if other.suffix != ".conf":  # a registry, or what macOS has
        return True
    files = other.parent.with_name(ORGANIZATION) / other.name, other.parent.with_name(f"{ORGANIZATION}.conf")
    return all(path.is_file() or not path.exists() for path in files)


class Settings:
    """The window's memory, kept where the system keeps such things."""

    def __init__(self) -> None:
        self._kept = (
            QSettings(ORGANIZATION, APPLICATION) if _is_ordinary() else QSettings("", QSettings.Format.IniFormat)
        )
        self._forgotten = False

    def forget(self) -> None:
        """Forgets all, also what would be kept from now on: the next start is as the first one."""
        self._forgotten = True
        self._kept.clear()

    def bytes_of(self, name: str) -> QByteArray:
        """A saved geometry or split; empty if there is none."""
        value = self._kept.value(f"window/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def keep_bytes(self, name: str, value: QByteArray) -> None:
        """Remembers a geometry or a split."""
        self._keep(f"window/{name}", value)

    def folder(self, name: str, otherwise: Path) -> Path:
        """The folder last used for ``name``, if it is still there."""
        value = self._kept.value(f"folders/{name}")
        return Path(value) if isinstance(value, str) and Path(value).is_dir() else otherwise

    def keep_model_folder(self, folder: str) -> None:
        """Remembers where a model file was opened."""
        self.keep_folder("models", Path(folder))

    def keep_folder(self, name: str, folder: Path) -> None:
        """Remembers the folder used for ``name``."""
        self._keep(f"folders/{name}", str(folder))

    def text(self, name: str, otherwise: str = "") -> str:
        """A word that was remembered, such as the tab that was open."""
        value = self._kept.value(f"window/{name}")
        return value if isinstance(value, str) else otherwise

    def keep_text(self, name: str, value: str) -> None:
        """Remembers a word."""
        self._keep(f"window/{name}", value)

    def _keep(self, name: str, value: object) -> None:
        if not self._forgotten:
            self._kept.setValue(name, value)
