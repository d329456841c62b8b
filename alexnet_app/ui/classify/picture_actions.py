"""What can be done with the pictures that are chosen: the commands, in a menu of the window and in that of the list."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from alexnet_app.ui.parts.plain import one_line, set_tip

HERE = Qt.ShortcutContext.WidgetWithChildrenShortcut  # keys that mean something else in other panels
ANSWERS = 5


class PictureActions(QObject):
    """``right`` give a class, that in the same place of the picture's five, ``other`` any; ``own`` takes it back."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self.open = self._action(self.tr("Open"), "Ctrl+Alt+Return")
        self.show_folder = self._action(self.tr("Show in its folder"), "Ctrl+Alt+F")
        self.inside = self._action(self.tr("Look inside"), "Ctrl+Alt+H")
        self.copy_picture = self._action(self.tr("Copy the picture"), "Ctrl+Alt+I")
        self.copy_answer = self._action(self.tr("Copy the answer"), "Ctrl+Shift+C")
        self.remove = self._action(self.tr("Remove from the list"), "Del", HERE)
        self.right = [
            self._action(self.tr("Answer {place}").format(place=each + 1), str(each + 1), HERE)
            for each in range(ANSWERS)
        ]
        self.other = self._action(self.tr("Another class…"), "L", HERE)
        self.own = self._action(self.tr("As the model says"), "0", HERE)
        self.labels = self._menu(self.tr("Right class"), [*self.right, None, self.other, self.own])
        first = [self.open, self.show_folder, self.inside, None, self.copy_picture, self.copy_answer, None]
        self.menu = self._menu(self.tr("Chosen pictures"), [*first, self.labels.menuAction(), None, self.remove])
        self.offer((), has_chosen=False, has_answer=False)

    def all(self) -> list[QAction]:
        """All of them, for their keys."""
        copies = (self.copy_picture, self.copy_answer)
        return [self.open, self.show_folder, self.inside, *copies, self.remove, *self.right, self.other, self.own]

    def offer(self, answers: Sequence[str], *, has_chosen: bool, has_answer: bool) -> None:
        """Which of them are possible: ``answers`` are the classes of the picture that is shown."""
        nothing = self.tr("No picture is chosen")
        for action in (self.open, self.show_folder, self.inside, self.copy_picture, self.remove, self.other):
            _enable(action, has_chosen, nothing)
        for action in (self.copy_answer, self.own):
            _enable(action, has_chosen and has_answer, nothing if not has_chosen else self.tr("It has no answer yet"))
        for place, action in enumerate(self.right):
            has = has_chosen and place < len(answers)
            text = self.tr("Answer {place}").format(place=place + 1)
            action.setText(one_line(answers[place]).replace("&", "&&") if has else text)
            _enable(action, has, nothing if not has_chosen else self.tr("The model gives no such answer"))

    def _action(self, text: str, key: str, context: Qt.ShortcutContext = Qt.ShortcutContext.WindowShortcut) -> QAction:
        action = QAction(text, self._panel)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(context)
        return action

    def _menu(self, title: str, actions: Sequence[QAction | None]) -> QMenu:
        menu = QMenu(title, self._panel)
        menu.setToolTipsVisible(True)
        for action in actions:
            menu.addSeparator() if action is None else menu.addAction(action)
        return menu


def _enable(action: QAction, possible: bool, otherwise: str) -> None:
    action.setEnabled(possible)
    hint = QCoreApplication.translate("PictureActions", "Give the chosen pictures this class")
    set_tip(
        action,
        (hint if action.text() and action.shortcut().toString() in "12345" else action.text())
        if possible
        else otherwise,
    )
