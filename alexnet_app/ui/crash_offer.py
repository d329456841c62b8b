"""What the next start says of a program that ended unexpectedly."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, QUrl
from PySide6.QtGui import QDesktopServices, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from alexnet_app.core import crash_reports
from alexnet_app.core.errors import UserError
from alexnet_app.core.foreign import read_text
from alexnet_app.ui.messages import Banner, sentence_of
from alexnet_app.ui.parts.plain import Label, set_title, visible
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.parts.wording import date
from alexnet_app.ui.theme import SPACE

FIRST_SIZE = QSize(110 * SPACE, 80 * SPACE)


class CrashOffer(Banner):
    """A line of its own in the window; it says once of each end that there is a report of it."""

    def look(self) -> None:
        """Offers the newest report that nobody was told of, if there is one."""
        found = crash_reports.untold()
        if not found:
            return
        text = self.tr("The program ended unexpectedly on {date}.").format(date=date(crash_reports.when(found[-1])))
        report = crash_reports.mark_told()
        self.show_note(text, self.tr("Show the report"), partial(self._open, report))

    def _open(self, report: Path) -> None:
        try:
            text = read_text(report)
        except UserError as error:
            self.show_error(sentence_of(error))
            return
        ReportWindow(text, self).open()


class ReportWindow(QDialog):
    """The ``text`` of a report, to be read and copied."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Report of the crash"))
        about = Label(wordWrap=True)
        about.setText(
            self.tr(
                "It is kept on this computer only; nothing is sent. Attach it when you tell of the crash. It has no "
                "pictures and no names of files of yours."
            )
        )
        self.report = QPlainTextEdit(readOnly=True)
        self.report.setPlainText(visible(text, crash_reports.MOST))
        self.report.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.report.setAccessibleName(self.tr("Report"))
        buttons = QDialogButtonBox()
        copy = buttons.addButton(self.tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        show = buttons.addButton(self.tr("Show folder"), QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.report.toPlainText()))
        show.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(crash_reports.folder()))))
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        for widget in (about, self.report, buttons):
            layout.addWidget(widget)
        begin_with(self, FIRST_SIZE)
