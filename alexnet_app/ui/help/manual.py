"""The manual in a window: its pages are Markdown files of the program's own, links to elsewhere are asked about."""

import re
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QKeySequence, QTextBlockFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from alexnet_app import resources
from alexnet_app.ui.parts.plain import set_tip, set_title
from alexnet_app.ui.parts.questions import Question
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.theme import SPACE

CONTENTS = "index.md"
FIRST_SIZE = QSize(110 * SPACE, 90 * SPACE)
PICTURE = 84 * SPACE  # pixels: a picture is no wider
# Markdown without HTML: nothing in a page can be more than text, links and pictures
FORM = QTextDocument.MarkdownFeature.MarkdownDialectGitHub | QTextDocument.MarkdownFeature.MarkdownNoHTML


class ManualPage(QTextBrowser):
    """Shows a page of ``folder``; pictures come from files that lie in ``root`` only, and follows no link itself."""

    def __init__(self, folder: Path, root: Path) -> None:
        super().__init__()
        self._folder, self._root = folder, root.resolve()
        self.setOpenLinks(False)
        self.setAccessibleName(self.tr("Page of the manual"))

    def show_page(self, name: str) -> None:
        """Shows the page ``name`` from its beginning."""
        self.document().setMarkdown((self._folder / name).read_text(encoding="utf-8"), FORM)
        self.document().setDocumentMargin(2 * SPACE)
        self._wrap_commands()
        self.moveCursor(QTextCursor.MoveOperation.Start)

    def _wrap_commands(self) -> None:
        """Long commands go on in the next line: a page that has to be moved to both sides is not read."""
        wrapped = QTextBlockFormat()
        wrapped.setNonBreakableLines(False)
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().nonBreakableLines():
                QTextCursor(block).mergeBlockFormat(wrapped)
            block = block.next()

    def go_to_heading(self, anchor: str) -> None:
        """Scrolls to the heading whose words make ``anchor``, as repository pages make it of them."""
        block = self.document().begin()
        while block.isValid():
            if block.blockFormat().headingLevel() and slug(block.text()) == anchor:
                self.setTextCursor(QTextCursor(block))
                top = self.document().documentLayout().blockBoundingRect(block).top()
                self.verticalScrollBar().setValue(round(top))
                return
            block = block.next()

    def loadResource(self, kind: int, name: QUrl | str) -> object:
        """A picture of the manual, no wider than the page; nothing else is loaded."""
        name = QUrl(name)
        file = (self._folder / name.path()).resolve()
        known = kind == QTextDocument.ResourceType.ImageResource.value and name.isRelative()
        if not (known and file.is_relative_to(self._root)):
            return None
        image = QImage(str(file))
        narrow = image.width() > PICTURE
        return image.scaledToWidth(PICTURE, Qt.TransformationMode.SmoothTransformation) if narrow else image


class ManualWindow(QDialog):
    """Pages with a way back and to the contents. It stays open while the program is used."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Manual"))
        self._folder = resources.path("manual")
        self._seen: list[str] = []
        self.page = ManualPage(self._folder, resources.path())
        self.back, contents, shut = (
            QPushButton(self.tr("Back")),
            QPushButton(self.tr("Contents")),
            QPushButton(self.tr("Close")),
        )
        buttons = QHBoxLayout()
        for button in (self.back, contents, shut):
            button.setAutoDefault(False)
            buttons.addWidget(button)
        buttons.insertStretch(2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.page)
        layout.addLayout(buttons)
        self.back.setShortcut(QKeySequence.StandardKey.Back)
        self.back.clicked.connect(self._go_back)
        contents.clicked.connect(partial(self.open_page, CONTENTS))
        shut.clicked.connect(self.reject)
        self.page.anchorClicked.connect(self.follow)
        begin_with(self, FIRST_SIZE)

    def open_page(self, name: str) -> None:
        """Shows the page ``name`` and comes to the front."""
        self._turn_to(name)
        self.show()
        self.raise_()
        self.activateWindow()

    def shown(self) -> str:
        """The name of the page that is seen."""
        return self._seen[-1] if self._seen else ""

    def follow(self, link: QUrl) -> None:
        """Another page, a place on this one, or, once the person has agreed, a page of the web."""
        name = link.path() or self.shown()
        if link.scheme() in ("http", "https"):
            self._ask(link)
        elif link.isRelative() and "/" not in name and (self._folder / name).is_file():
            self._turn_to(name)
            if link.fragment():
                self.page.go_to_heading(link.fragment())
        else:
            self._tell(link)

    def _turn_to(self, name: str) -> None:
        if name != self.shown():
            self._seen.append(name)
        self.page.show_page(name)
        self._enable()

    def _go_back(self) -> None:
        self._seen.pop()
        self.page.show_page(self.shown())
        self._enable()

    def _enable(self) -> None:
        self.back.setEnabled(len(self._seen) > 1)
        why = self.tr("This is the first page that you opened")
        set_tip(self.back, self.tr("The page before") if self.back.isEnabled() else why)

    def _ask(self, link: QUrl) -> None:
        box = Question(self)
        box.word(
            self.tr("Open a link"),
            self.tr("Open this page in your browser?"),
            link.toString(),
            self.tr("Open"),
            self.tr("Stay here"),
        )
        box.agreed.connect(partial(QDesktopServices.openUrl, link))
        box.open()

    def _tell(self, link: QUrl) -> None:
        said = self.tr("{path} belongs to the source of the program, not to the manual").format(path=link.toString())
        set_tip(self.page, said)
        self.page.setAccessibleDescription(said)


def slug(heading: str) -> str:
    """The anchor of a heading: "Resume a run" is reached as "resume-a-run"."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")
