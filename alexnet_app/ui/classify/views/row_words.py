"""What the rows of a list of pictures say."""

from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.classify.views.arrangement import Group, GroupKind, ListedPicture, Order, PictureSaid
from alexnet_app.ui.parts.numbers import local, percent
from alexnet_app.ui.parts.plain import TEXT, one_line


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("PictureList", text)


def unsure() -> str:
    """What an answer says that is none."""
    return tr("not sure")


def answer(picture: ListedPicture, waiting: str) -> str:
    """The answer, or why there is none; ``waiting`` is why it waits, empty where it waits for the answer."""
    if picture.label or picture.said.reason:
        return picture.label or picture.said.reason
    return unsure() if picture.said.label else waiting or tr("waiting")


def remark(picture: ListedPicture) -> str:
    """What is known of the class that it is of; empty where nothing is."""
    if picture.given:
        return tr("corrected to {label}").format(label=picture.given)
    if not picture.said.truth or not picture.said.label:
        return ""
    text = tr("right") if picture.is_right else tr("wrong, the folder says {label}")
    return text.format(label=picture.said.truth)


def spoken(picture: ListedPicture, waiting: str) -> str:
    """A picture on one line, for a screen reader."""
    parts = (picture.name, answer(picture, waiting), percent(picture.share), remark(picture))
    return ", ".join(part for part in parts if part)


def hint(picture: ListedPicture) -> str:
    """Its path, and what else is to be said of it."""
    lines = (one_line(picture.path, TEXT), picture.said.reason or remark(picture))
    return "\n".join(line for line in lines if line)


def title(group: Group) -> str:
    """What the pictures of a group have in common."""
    kind, label = group.key
    return {GroupKind.NOT_SURE: tr("Not sure"), GroupKind.WAITING: tr("Waiting"), GroupKind.SKIPPED: tr("Skipped")}.get(
        kind, label
    )


def spoken_title(group: Group) -> str:
    """A heading on one line, for a screen reader."""
    count = tr("1 picture") if group.count == 1 else tr("{count} pictures").format(count=local(f"{group.count:,}"))
    return ", ".join([title(group), count, *([] if group.shown else [tr("folded")])])


def orders() -> list[tuple[Order, str]]:
    """What pictures can be sorted by, with the words for it."""
    return [
        (Order.ADDED, tr("As added")),
        (Order.NAME, tr("Name")),
        (Order.PROBABILITY, tr("Probability")),
        (Order.CLASS, tr("Class")),
        (Order.MARGIN, tr("Margin")),
    ]


def plain(said: PictureSaid) -> PictureSaid:
    """``said`` with texts that one line can show; most are so already, and stay the same object."""
    label, truth, reason = one_line(said.label), one_line(said.truth), one_line(said.reason, TEXT)
    same = label is said.label and truth is said.truth and reason is said.reason
    return said if same else said._replace(label=label, truth=truth, reason=reason)
