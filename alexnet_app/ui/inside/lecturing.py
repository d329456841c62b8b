"""The lecture of the panel Inside: made on a thread, shown over the whole screen, written as a web page."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.inside import lecture_jobs
from alexnet_app.ui.inside.jobs import Looker, Seen
from alexnet_app.ui.inside.lecture_jobs import LectureExported, LectureMade, LectureRequest, LectureWish
from alexnet_app.ui.inside.slides import slides
from alexnet_app.ui.inside.views.lecture_window import LectureWindow
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import Banner, said, sentence_of
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.settings import Settings

PAGES = "pages"  # the folder that is remembered


class Lecturing(QObject):
    """Has the actions; ``panel`` is what the window opens over, and ``banner`` says what became of it."""

    def __init__(self, jobs: Jobs, settings: Settings, looker: Looker, banner: Banner, panel: QWidget) -> None:
        super().__init__(panel)
        self._jobs, self._settings, self._looker = jobs, settings, looker
        self._banner, self._panel = banner, panel
        self._request: LectureRequest | None = None
        self._job: Job | None = None
        self.window: LectureWindow | None = None
        self.open_action = self._action(self.tr("Lecture"), "F11")
        self.export_action = self._action(self.tr("Export the lecture…"), "Ctrl+Alt+Shift+L")
        self.open_action.triggered.connect(self.open)
        self.export_action.triggered.connect(self._ask_file)

    def actions_of_menu(self) -> list[QAction]:
        """What the menu has."""
        return [self.open_action, self.export_action]

    def offer(self, seen: Seen | None) -> None:
        """What was seen is what can be told; None for nothing now."""
        request = seen.request if seen is not None else None
        self._request = LectureRequest(request.model, request.path) if request is not None else None
        for action in self.actions_of_menu():
            action.setEnabled(self._request is not None)

    def open(self) -> None:
        """Makes the lecture and shows it; one at a time."""
        if self._request is None or self._job is not None or self.window is not None:
            return
        work = partial(lecture_jobs.make, self._looker, self._request)
        self._job = self._jobs.start(work, self._show, self._fail, self._end, name="lecture")

    def _show(self, made: object) -> None:
        assert isinstance(made, LectureMade)
        window = LectureWindow(said(made.lecture.title), slides(made.lecture), self._panel)
        window.export_wanted.connect(partial(self._ask_file, made))
        window.left.connect(self._forget)
        self.window = window
        window.setGeometry(self._panel.screen().geometry())  # of several screens the one that the program is on
        window.showFullScreen()

    def _forget(self) -> None:
        self.window = None

    def _ask_file(self, made: LectureMade | None = None) -> None:
        """Asks where the lecture goes; one that is shown is written as it is shown."""
        request = made.request if isinstance(made, LectureMade) else self._request
        if request is None:
            return
        folder = self._settings.folder(PAGES, Path.home())
        work = partial(self._export, request, made if isinstance(made, LectureMade) else None)
        over = self.window if isinstance(made, LectureMade) and self.window is not None else self._panel
        dialog = SaveDialog(
            over, self.tr("Export the lecture"), str(folder), {self.tr("Web page (*.html)"): "html"}, work
        )
        dialog.selectFile(str(folder / f"{Path(request.photo).stem}-{Path(request.model).stem}.html"))
        dialog.open()

    def _export(self, request: LectureRequest, made: LectureMade | None, path: str, _: str, replace: bool) -> None:
        self._settings.keep_folder(PAGES, Path(path).parent)
        wish, lecture = LectureWish(path, replace), made.lecture if made is not None else None
        work = partial(lecture_jobs.export, self._looker, request, lecture, wish)
        self._jobs.start(work, self._tell, self._fail, name="export lecture")

    def _tell(self, written: object) -> None:
        assert isinstance(written, LectureExported)
        text = self.tr("Exported the lecture to {path}").format(path=written.path)
        self._banner.show_note(text)
        if self.window is not None:  # it covers the banner
            self.window.tell(text)

    def _fail(self, failure: Failure) -> None:
        self._banner.show_failure(failure)
        if self.window is not None:
            self.window.tell(sentence_of(failure.error))

    def _end(self) -> None:
        self._job = None

    def _action(self, text: str, key: str) -> QAction:
        action = QAction(text, self)
        action.setIconText(text)
        action.setShortcut(QKeySequence(key))
        return action
