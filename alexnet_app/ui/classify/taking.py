"""What is dropped on the Classify panel, or pasted: files, pictures that are not files, and links to pictures."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify.links import Links
from alexnet_app.ui.classify.paste import Keeping, PastedPictures
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.offered import LINK, Offered, offered

Open = Callable[[Sequence[str]], None]


class Taking(QObject):
    """Gives files to ``open_paths``, which the window replaces: it knows of more than pictures. Pictures that are no
    files are kept in a folder, and given to ``classify``; ``links`` asks before it fetches any.
    """

    def __init__(self, jobs: Jobs, banner: Banner, classify: Open, append: Open, parent: QWidget) -> None:
        """``append`` takes what was fetched: beside what is said of the link before."""
        super().__init__(parent)
        self._banner, self.open_paths = banner, classify
        self.pictures = PastedPictures()
        self.keeping, self.links = Keeping(jobs, self.pictures, self), Links(jobs, self.pictures, self)
        self.keeping.kept.connect(lambda path: classify([path]))
        self.links.fetched.connect(lambda path: append([path]))
        for failing in (self.keeping.failed, self.links.failed):
            failing.connect(banner.show_failure)
        parent.destroyed.connect(self.pictures.remove)

    def paste(self) -> None:
        """Takes what the clipboard contains."""
        given = offered(QGuiApplication.clipboard().mimeData())
        if given:
            self.take(given)
        else:
            self._banner.show_note(self.tr("The clipboard contains no picture and no path to one."))

    def take(self, given: Offered) -> None:
        """Takes what was dropped or pasted: files, a picture that is not a file, or links."""
        if given.paths:
            self.open_paths(given.paths)
        elif given:
            self.keeping.keep(given)
        else:
            self._banner.show_note(self.tr("What was dropped contains no picture and no path to one."))

    def leave(self) -> None:
        """Ends what is still in progress: the window is being closed."""
        self.keeping.leave()
        self.links.cancel()

    def files_of(self, paths: Sequence[str]) -> list[str]:
        """Those of ``paths`` that are not links; asks whether to fetch the links."""
        links = [path for path in paths if LINK.match(path)]
        if links:
            self.links.ask(links)
        return [path for path in paths if not LINK.match(path)]
