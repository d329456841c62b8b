"""The dialog that asks where to save, and asks once more before a file is replaced."""

import os
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.ui.parts.questions import ReplaceQuestion

Agreed: TypeAlias = Callable[[str, str, bool], None]


class SaveDialog(QFileDialog):
    """Calls ``agreed`` with the path to write, the suffix of the chosen kind, and whether the person agreed to replace
    the file that is there.

    Dialogs of the system ask about the name as it was typed, and Qt completes it afterwards: that would be another
    file. So the question is asked here, about the name that is written.
    """

    def __init__(self, panel: QWidget, title: str, folder: str, kinds: dict[str, str], agreed: Agreed) -> None:
        """``kinds``: the suffix, without its dot, of each kind of file by the words for it."""
        super().__init__(panel, title, folder)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        self.setOption(QFileDialog.Option.DontConfirmOverwrite)
        self.setNameFilters(list(kinds))
        self.setDefaultSuffix(next(iter(kinds.values())))
        self.filterSelected.connect(lambda text: self.setDefaultSuffix(kinds[text]))
        self.fileSelected.connect(self._ask)
        self._panel, self._agreed = panel, agreed

    def _ask(self, path: str) -> None:
        if not os.path.lexists(path):
            self._agreed(path, self.defaultSuffix(), False)
            return
        question = ReplaceQuestion(self._panel, path)  # this dialog is gone by the time of the answer
        question.agreed.connect(partial(self._agreed, path, self.defaultSuffix(), True))
        question.open()
