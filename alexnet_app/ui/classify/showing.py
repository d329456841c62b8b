"""The picture that is chosen, large and with its answer, and the thumbnails of all that are in sight."""

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from alexnet_app.core.events import Answered
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.decoding import Decoded
from alexnet_app.ui.classify.pictures import LargePicture, Thumbnails
from alexnet_app.ui.classify.views.gallery import Gallery
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import worded


class Showing(QObject):
    """Shows on the page of ``gallery`` what is picked in its list."""

    def __init__(self, jobs: Jobs, answering: Answering, gallery: Gallery, panel: QWidget) -> None:
        super().__init__(panel)
        self._answering, self._list, self._page, self._panel = answering, gallery.list, gallery.page, panel
        self._thumbnails, self._large = Thumbnails(jobs, self), LargePicture(jobs, self)
        self._list.picked.connect(self.show_picture)
        self._list.pictures.thumbnail_wanted.connect(self._want_thumbnail)
        self._thumbnails.read.connect(self._show_thumbnail)
        self._large.read.connect(self._show_large)

    def show_picture(self, path: str) -> None:
        """Shows the one at ``path``, with its answer; none where it is empty."""
        if not path:
            self._page.clear()
            return
        self._page.expect(words.name(path), path)
        self.show_answer()
        pixels = self._panel.screen().size() * self._panel.devicePixelRatioF()
        self._large.want(path, (pixels.width(), pixels.height()))

    def show_answer(self) -> None:
        """What is known of it now."""
        path, album = self._list.path(), self._answering.album
        event, given = album.event(path), album.label(path)
        if isinstance(event, Answered):
            pairs = [(each.label, each.probability) for each in event.predictions]
            note = words.truth(event, album.truth(path), given)
            self._page.show_answers(
                pairs, unsure=unsure(event.predictions), truth=given or album.truth(path), note=note
            )
        elif path:
            self._page.show_waiting()

    def forget(self, path: str | None = None) -> None:
        """Reads the file ``path`` anew when it is wanted again; without one, all."""
        if path is None:
            self._thumbnails.forget()
        self._large.forget(path)

    def _want_thumbnail(self, path: str) -> None:
        self._thumbnails.want(path, round(self._list.side() * self._panel.devicePixelRatioF()))

    def _show_thumbnail(self, found: Decoded) -> None:
        self._list.pictures.set_thumbnail(found.path, found.picture)

    def _show_large(self, found: Decoded) -> None:
        if found.path == self._list.path():
            if found.picture is None:
                self._page.show_reason(worded(found.reason))
            else:
                self._page.show_picture(found.picture, words.name(found.path), found.width, found.height, found.path)
