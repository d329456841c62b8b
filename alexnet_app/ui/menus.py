"""The menus of the window, from the commands that its panels have."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QTabWidget, QWidget

from alexnet_app.core.crash_reports import forget as forget_crashes
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.questions import Question
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import Appearance, appear


class Menus(QObject):
    """Fills ``bar``; ``quit`` and ``show_runs``, which no panel has, are to be connected."""

    def __init__(self, bar: QMenuBar, settings: Settings) -> None:
        super().__init__(bar)
        self._bar, self._settings = bar, settings
        self.quit = QAction(self.tr("Quit"), self)
        self.quit.setShortcut("Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.show_runs = QAction(self.tr("Show the runs folder"), self)
        self.show_runs.setShortcut(QKeySequence("Ctrl+Shift+F"))
        self.forget = QAction(self.tr("Forget everything remembered…"), self)
        self.forget.setShortcut(QKeySequence("Ctrl+Alt+Backspace"))
        set_tip(self.forget, self.tr("Start the window next time as if it had never been used"))
        self.forget.triggered.connect(self._ask_to_forget)

    def add(self, title: str) -> QMenu:
        """A menu, still empty."""
        menu = self._bar.addMenu(title)
        menu.setToolTipsVisible(True)
        return menu

    def fill(self, menu: QMenu, actions: Sequence[QAction | None]) -> None:
        """Puts these into ``menu``; None is a separator."""
        for action in actions:
            menu.addSeparator() if action is None else menu.addAction(action)

    def add_past(self, menu: QMenu, actions: Sequence[QAction]) -> None:
        """What can be done with the run that is chosen among the past ones."""
        self._add_inner(menu, self.tr("Past run"), actions)

    def add_film(self, menu: QMenu, actions: Sequence[QAction]) -> None:
        """What shows the kernels of the run on the screen as they were."""
        self._add_inner(menu, self.tr("Snapshots of conv1"), actions)

    def _add_inner(self, menu: QMenu, title: str, actions: Sequence[QAction]) -> None:
        inner = menu.addMenu(title)
        inner.setToolTipsVisible(True)
        inner.addActions(actions)

    def add_view(self, tabs: QTabWidget) -> None:
        """The menu that goes to a tab and makes the window light or dark."""
        self._view = self.add(self.tr("&View"))
        for place in range(tabs.count()):
            action = QAction(tabs.tabText(place), self)
            action.setShortcut(QKeySequence(f"Ctrl+{place + 1}"))
            action.triggered.connect(partial(tabs.setCurrentIndex, place))
            self._view.addAction(action)
        self._view.addSeparator()
        kept = self._settings.text("appearance")
        now = Appearance(kept) if kept in list(Appearance) else Appearance.SYSTEM
        menu = _AppearanceMenu(now, self._view)
        menu.chosen.connect(self._appear)
        self._view.addMenu(menu)
        self._appear(now)

    def add_to_view(self, actions: Sequence[QAction]) -> None:
        """More for the View menu, in a group of its own."""
        self._view.addSeparator()
        self._view.addActions(actions)
        self._view.addSeparator()
        self._view.addAction(self.forget)

    def _appear(self, wanted: Appearance) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        appear(app, wanted)
        self._settings.keep_text("appearance", wanted)

    def _ask_to_forget(self) -> None:
        box = Question(self._bar.window())
        box.word(
            self.tr("Forget everything remembered"),
            self.tr("Forget what the window remembers?"),
            self.tr(
                "Sizes, chosen models, presets, data, folders and settings of the views are forgotten when the "
                "window closes, and reports of crashes now. Runs, models and prepared sets are kept."
            ),
            self.tr("Forget"),
            self.tr("Keep"),
        )
        box.agreed.connect(self._settings.forget)
        box.agreed.connect(forget_crashes)
        box.open()


class _AppearanceMenu(QMenu):
    """One of three; ``chosen`` tells an Appearance."""

    chosen = Signal(Appearance)

    def __init__(self, now: Appearance, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTitle(self.tr("Appearance"))
        self._group = QActionGroup(self)
        for each, text, key in (
            (Appearance.SYSTEM, self.tr("Follow the system"), "Ctrl+Alt+S"),
            (Appearance.LIGHT, self.tr("Light"), "Ctrl+Alt+L"),
            (Appearance.DARK, self.tr("Dark"), "Ctrl+Alt+D"),
        ):
            action = QAction(text, self._group)
            action.setShortcut(QKeySequence(key))
            action.setCheckable(True)
            action.setChecked(each is now)
            action.setData(str(each))
            self.addAction(action)
        self._group.triggered.connect(self._tell)

    def _tell(self, action: QAction) -> None:
        self.chosen.emit(Appearance(action.data()))
