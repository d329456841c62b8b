"""A model that is used again and again: read once, kept as long as its file stays as it is."""

import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # torch comes with these: they are imported on the thread that needs them
    from alexnet_app.core.inference.classifier import Classifier
    from alexnet_app.core.network.bundle import Bundle


class Models:
    """The model that was last used, kept as long as its file stays as it is. May be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file: tuple[str, int, int] | None = None
        self._bundle: Bundle | None = None
        self._ten_view = False
        self._classifier: Classifier | None = None

    def bundle(self, path: str) -> "Bundle":
        """Reads the model, or gives the one that was read. Raises UserError where it cannot be read."""
        with self._lock:
            return self._read(path)

    def classifier(self, path: str, *, ten_view: bool) -> "Classifier":
        """The network of ``bundle``, ready to answer."""
        from alexnet_app.core.inference.classifier import Classifier

        with self._lock:
            bundle = self._read(path)
            if self._classifier is None or self._ten_view != ten_view:
                self._classifier, self._ten_view = Classifier(bundle, ten_view=ten_view), ten_view
            return self._classifier

    def _read(self, path: str) -> "Bundle":
        from alexnet_app.core.network.bundle import read_bundle

        file = file_state(path)
        if self._bundle is None or file is None or file != self._file:
            self._file, self._bundle, self._classifier = None, None, None  # never two of them in memory
            self._bundle = read_bundle(Path(path))
            self._file = file
        return self._bundle


def file_state(path: str) -> tuple[str, int, int] | None:
    """The file at ``path`` as it is now: its path, when it was written, its size. None where it cannot be looked at."""
    with suppress(OSError, ValueError):
        status = Path(path).stat()
        return path, status.st_mtime_ns, status.st_size
    return None
