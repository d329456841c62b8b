"""Which of the answers are meant: all, those that the filter shows, or those that are chosen."""

from enum import StrEnum

from alexnet_app.core.events import Answered, Skipped
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.views.picture_list import PictureList


class Scope(StrEnum):
    """What is to be exported, or put into folders."""

    ALL = "all"
    SHOWN = "shown"
    CHOSEN = "chosen"


class Scopes:
    """Knows the answers of each scope, in the order of the list, all in that of dropping."""

    def __init__(self, answering: Answering, pictures: PictureList) -> None:
        self._answering, self._list = answering, pictures

    def is_filtered(self) -> bool:
        """Whether the filter hides any."""
        return bool(self._list.pictures.wanted().words)

    def has_chosen(self) -> bool:
        """Whether any is chosen."""
        return self._list.selectionModel().hasSelection()

    def events(self, scope: Scope) -> tuple[Answered | Skipped, ...]:
        """What is known of each of them, as far as anything is."""
        album = self._answering.album
        if scope == Scope.ALL:
            return album.known()
        paths = self._list.pictures.matching_paths() if scope == Scope.SHOWN else self._list.chosen()
        return tuple(event for event in map(album.event, paths) if event is not None)

    def labels(self) -> dict[str, str]:
        """The classes that a person gave, by path."""
        return dict(self._answering.album.labels())
