"""A window that writes down what is dropped on it: FOLDER/0.json and so on, each format with its bytes in base64."""

import base64
import json
import os
import sys
from itertools import count
from pathlib import Path

from PySide6.QtWidgets import QApplication, QLabel


class DroppedOn(QLabel):
    """Takes everything."""

    def __init__(self, folder):
        super().__init__("drop here")
        self._folder, self._numbers = folder, count()
        self.setWindowTitle("Dropped on")
        self.setAcceptDrops(True)

    def dragEnterEvent(self, event):
        event.acceptProposedAction()

    def dropEvent(self, event):
        mime, path = event.mimeData(), self._folder / f"{next(self._numbers)}.json"
        formats = {each: base64.b64encode(bytes(mime.data(each).data())).decode() for each in mime.formats()}
        path.with_suffix(".part").write_text(json.dumps(formats))
        os.replace(path.with_suffix(".part"), path)  # noqa: PTH105
        event.acceptProposedAction()


if __name__ == "__main__":
    app = QApplication([])
    window = DroppedOn(Path(sys.argv[1]))
    window.show()
    app.exec()
