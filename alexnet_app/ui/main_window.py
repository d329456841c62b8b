"""The window: tabs, menus, drops anywhere, and what happens when it is closed."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
    QPalette,
    QShowEvent,
)
from PySide6.QtWidgets import QMainWindow, QTabBar, QVBoxLayout, QWidget

from alexnet_app.ui.crash_offer import CrashOffer
from alexnet_app.ui.help.menu import HelpMenu
from alexnet_app.ui.job import Failure, Jobs
from alexnet_app.ui.menus import Menus
from alexnet_app.ui.messages import Uncaught
from alexnet_app.ui.models.fetching import fetch_line
from alexnet_app.ui.notifying import Notifier
from alexnet_app.ui.offered import is_welcome, offered
from alexnet_app.ui.outliving import Outliving
from alexnet_app.ui.parts.drop_area import DropOverlay, leave_drops_to
from alexnet_app.ui.parts.plain import Label, one_line, set_title
from alexnet_app.ui.parts.questions import LeaveQuestion
from alexnet_app.ui.parts.screens import begin_with, keep_within
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.switchboard import Switchboard
from alexnet_app.ui.tabs import PLACES, Tabs
from alexnet_app.ui.theme import SPACE
from alexnet_app.ui.warm import Warm, warming

LEAST = QSize(900, 480)
FIRST = QSize(1280, 800)  # both bounded by the screen
LONGEST = 80  # characters of what is going on


class MainWindow(QMainWindow):
    """``left`` when every thread is over and the program may end.

    At first it has the panel that is seen. The others, with what they need, come once it has been painted (or when
    they are asked for): they would keep the first picture from the screen.
    """

    left = Signal()

    def __init__(self, settings: Settings, uncaught: Uncaught) -> None:
        super().__init__()
        self._settings = settings
        self._jobs = Jobs(self)
        self._leaving = self._shown = False
        self._switchboard: Switchboard | None = None  # once all panels are there
        self._question: LeaveQuestion | None = None
        self.setAcceptDrops(True)
        self._overlay = DropOverlay(self)
        self.tabs = Tabs(self._jobs, settings)
        self._headline = _Headline(self.tabs.tabBar())
        self.tabs.setCornerWidget(self._headline, Qt.Corner.TopRightCorner)
        self.fetch, self.crashes = fetch_line(self._jobs), CrashOffer()
        self.setCentralWidget(self._above(self.fetch))
        self._name_menus()
        self._restore()
        self._outliving = Outliving(self.tabs, self._jobs)
        self._notifier = Notifier(self, settings)
        self._outliving.failed.connect(self._tell_left)
        uncaught.told.connect(self._tell)
        self._jobs.emptied.connect(self._leave_if_empty)
        leave_drops_to(self)
        self._say(self.tr("loading torch…"))

    def _above(self, line: QWidget) -> QWidget:
        """The tabs above ``line``, which is seen from all of them."""
        column = QWidget()
        layout = QVBoxLayout(column)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.tabs, stretch=1)
        layout.addWidget(self.crashes)
        layout.addWidget(line)
        return column

    def _name_menus(self) -> None:
        self._menus = Menus(self.menuBar(), self._settings)
        titles = (
            self.tr("&Pictures"),
            self.tr("&Training"),
            self.tr("&Filters"),
            self.tr("&Inside"),
            self.tr("Pa&per"),
        )
        self._of_panels = [self._menus.add(title) for title in titles]
        self._menus.add_view(self.tabs)
        self._help = HelpMenu(self.menuBar(), self.tabs.manual_page)
        self._menus.fill(self._menus.add(self.tr("&Help")), self._help.actions())
        self._menus.quit.triggered.connect(self.close)
        self._menus.show_runs.triggered.connect(self._show_runs_folder)

    def complete(self) -> Switchboard:
        """Builds what is not seen at first, and joins all."""
        if self._switchboard is None:
            self._fill_menus()
            self.tabs.train.news.told.connect(self._notifier.tell)
            self._switchboard = board = Switchboard(self.tabs, self.fetch)
            board.headline_changed.connect(self._say)
            board.training_ended.connect(self._forget_question)
            board.save_failed.connect(self._stay)
            leave_drops_to(self)
        return self._switchboard

    def _fill_menus(self) -> None:
        menus, tabs = self._menus, self.tabs
        pictures, training, filters, inside, paper = self._of_panels
        menus.fill(training, [*tabs.train.actions_of_runs, menus.show_runs, self._notifier.action])
        menus.add_film(training, tabs.train.pages.film.bar.actions_of_menu())
        menus.add_past(training, tabs.train.past.list.actions())
        fetch = (self.fetch.start_action, self.fetch.cancel_action)
        menus.fill(pictures, [*tabs.classify.actions(), None, *fetch, None, menus.quit])
        menus.fill(filters, tabs.filters.actions())
        menus.fill(inside, tabs.inside.actions_of_menu())
        menus.fill(paper, tabs.paper.command_actions())

    def _restore(self) -> None:
        begin_with(self, FIRST)
        self.restoreGeometry(self._settings.bytes_of("geometry"))
        keep_within(self, LEAST)
        kept = self._settings.text("tab")
        self.tabs.setCurrentIndex(int(kept) if kept.isdecimal() and len(kept) == 1 else 0)
        self.tabs.shown()  # and so built: the others come later

    def _keep(self) -> None:
        self._settings.keep_bytes("geometry", self.saveGeometry())
        self._settings.keep_text("tab", str(self.tabs.currentIndex()))
        self.tabs.keep()

    def showEvent(self, event: QShowEvent) -> None:
        """Follows from one screen to another one, which may be smaller."""
        super().showEvent(event)
        if not self._shown:
            self.windowHandle().screenChanged.connect(lambda _: keep_within(self, LEAST))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Completes the window and loads torch once it has been painted: before, they would keep it from the screen."""
        super().paintEvent(event)
        if not self._shown:
            self._shown = True
            QTimer.singleShot(0, self, self._warm_up)

    def _warm_up(self, place: int = PLACES[0]) -> None:
        """One panel after another, so that the window can be used in between; then torch."""
        if self._leaving:
            return
        if place <= PLACES[-1]:
            self.tabs.panel(place)
            QTimer.singleShot(0, self, partial(self._warm_up, place + 1))
            return
        self.complete()
        self.tabs.train.past.look_again()
        self.crashes.look()
        self._jobs.start(lambda _: warming(), self._warmed, self._not_warmed, name="warm-up")

    def _warmed(self, found: object) -> None:
        assert isinstance(found, Warm)
        self._say("")
        self.tabs.train.warm_up(list(found.devices))
        self.tabs.restore_curves()
        self.tabs.paper.warm_up()
        self._menus.add_to_view(self.tabs.train.view_actions())
        leave_drops_to(self)

    def _not_warmed(self, failure: Failure) -> None:
        self._say("")
        self.tabs.train.banner.show_failure(failure)

    def _say(self, headline: str) -> None:
        """What is going on stands beside the tabs, and in the title for those who look at another window."""
        self._headline.setText(headline)
        name = self.tr("AlexNet App")
        set_title(self, self.tr("{what} – {name}").format(what=headline, name=name) if headline else name)

    def open_paths(self, paths: Sequence[str], *, dropped: bool = False) -> None:
        """Opens what was given at the start, or ``dropped`` on what is seen, each where it belongs."""
        if paths:
            self.complete().open_paths(paths, dropped=dropped)

    def _trains(self) -> bool:
        return self._switchboard is not None and self._switchboard.trains()

    def _tell(self, sentence: str, details: str) -> None:
        self.tabs.shown().banner.show_error(sentence, details)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcomes files, pictures and links to them, but not what was dragged out of this window."""
        if event.source() is None and is_welcome(event.mimeData()):
            _take_a_copy(event)
            does = self.complete().what_a_drop_does(offered(event.mimeData()).paths)
            self._overlay.show_over(self.tabs, does)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The files went elsewhere."""
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Takes what was dropped, as if it were pasted."""
        self._overlay.hide()
        if event.source() is not None:
            return
        _take_a_copy(event)
        self.complete().take(offered(event.mimeData()))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks while a run is trained; else waits for all threads, out of sight, before the program ends."""
        if not self._leaving and self._trains():
            event.ignore()
            self._ask()
            return
        if not self._leaving:
            self._leave()
        if self._jobs.running():
            event.ignore()

    def leave_now(self) -> None:
        """Saves and ends without a question: the system wants it."""
        self._leave()

    def _leave(self) -> None:
        self.complete()
        self._leaving = True
        self._forget_question()
        self._help.close()
        self._notifier.withdraw()
        self._keep()
        for panel in (self.tabs.train, self.tabs.paper, self.tabs.classify, self.tabs.filters, self.tabs.inside):
            panel.leave()
        self._jobs.abandon_all(but=self.tabs.paper.control.job or self.tabs.train.control.job)
        self.hide()
        self._leave_if_empty()

    def _leave_training(self) -> None:
        self._outliving.keep()
        self._leave()

    def _forget_question(self) -> None:
        if self._question is not None:
            self._question.close()

    def _stay(self, panel: QWidget) -> None:
        """What could not be saved is told; then the person decides anew."""
        self._outliving.forget()
        if self._leaving:
            self._leaving = False
            self.tabs.setCurrentWidget(panel)
            self.show()

    def _tell_left(self, failure: Failure) -> None:
        """The run was saved and stopped, and nobody trains it now."""
        self._stay(self.tabs.train)
        self.tabs.train.banner.show_failure(failure)

    def _leave_if_empty(self) -> None:
        if self._leaving and not self._jobs.running() and not self._outliving.begin():
            self.left.emit()

    def _ask(self) -> None:
        if self._question is not None:
            self._question.raise_()
            return
        self._question = LeaveQuestion(self, self._outliving.why_not())
        self._question.agreed.connect(self._leave)
        self._question.kept_on.connect(self._leave_training)
        self._question.finished.connect(self._answered)
        self._question.open()

    def _answered(self, _: int) -> None:
        self._question = None

    def _show_runs_folder(self) -> None:
        folder = self.tabs.train.setup.runs.folder()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


def _take_a_copy(event: QDropEvent) -> None:
    """What was dragged stays where it is, whatever the program would give away that it comes from."""
    if event.possibleActions() & Qt.DropAction.CopyAction:
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
    else:
        event.acceptProposedAction()


class _Headline(Label):
    """What is going on, in the corner beside the tabs: as high as they are, so that all stand on one line."""

    def __init__(self, tabs: QTabBar) -> None:
        super().__init__()
        self._tabs = tabs
        self.setContentsMargins(SPACE, 0, SPACE, 0)
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.setAccessibleName(self.tr("Current state"))

    def setText(self, text: str) -> None:
        """Shows ``text``; a run may be called anything, and the tabs need their room."""
        super().setText(one_line(text, LONGEST))

    def sizeHint(self) -> QSize:
        """As high as the tabs: a corner is no higher than what is in it."""
        return QSize(super().sizeHint().width(), self._tabs.sizeHint().height())
