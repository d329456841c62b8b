"""All keys in a window: those of the menus as they are, and those of plots and kernels, which have no command."""

from collections.abc import Iterator

from PySide6.QtCore import QCoreApplication, QSize
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QMenu, QMenuBar, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import set_title
from alexnet_app.ui.parts.read_table import ReadTable
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.theme import SPACE

FIRST_SIZE = QSize(84 * SPACE, 72 * SPACE)
SHARES = (25, 50, 25)


class ShortcutsWindow(QDialog):
    """A table of ``rows``: where, what, which keys."""

    def __init__(self, rows: list[tuple[str, str, str]], parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Keyboard shortcuts"))
        self.table = ReadTable((self.tr("Where"), self.tr("Command"), self.tr("Keys")), shares=SHARES)
        self.table.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.table.fill(rows)
        buttons = QDialogButtonBox()
        buttons.addButton(self.tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.table)
        layout.addWidget(buttons)
        begin_with(self, FIRST_SIZE)


def keys_of(bar: QMenuBar) -> list[tuple[str, str, str]]:
    """Every command of the menus that has keys, in their order, then the keys that have no command."""
    found = []
    for action in bar.actions():
        menu = action.menu()
        if isinstance(menu, QMenu):
            found += list(_of_menu(menu, _plain(action.text())))
    return [*found, *_elsewhere()]


def _of_menu(menu: QMenu, title: str) -> Iterator[tuple[str, str, str]]:
    for action in menu.actions():
        inner = action.menu()
        if isinstance(inner, QMenu):
            yield from _of_menu(inner, f"{title} › {_plain(action.text())}")
        elif not action.shortcut().isEmpty():
            yield title, _plain(action.text()), _written(action.shortcut())


def _plain(text: str) -> str:
    return text.replace("&", "").rstrip("…")


def _written(keys: QKeySequence) -> str:
    return keys.toString(QKeySequence.SequenceFormat.NativeText)


def _elsewhere() -> list[tuple[str, str, str]]:
    curves, kernels = _tr("In the curves"), _tr("In the kernels")
    form, everywhere = _tr("In the form"), _tr("Everywhere")
    return [
        (curves, _tr("Show fewer or more steps"), "+  −"),
        (curves, _tr("Move along the steps"), "←  →"),
        (curves, _tr("Move up or down"), "↑  ↓"),
        (curves, _tr("Show the whole run"), "Home"),
        (kernels, _tr("Go to another kernel"), "←  →  ↑  ↓"),
        (form, _tr("Open or close a group"), "→  ←"),
        (_tr("In the past runs"), _tr("Refresh"), "F5"),
        (everywhere, _tr("Go to the next or previous control"), "Tab  Shift+Tab"),
        (everywhere, _tr("Press a button, or turn a switch"), "Space"),
    ]


def _tr(text: str) -> str:
    return QCoreApplication.translate("shortcuts", text)
