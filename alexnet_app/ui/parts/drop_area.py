"""Where pictures are dropped: the large invitation of an empty panel, and the veil over a window during a drag."""

from PySide6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QAbstractScrollArea, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE, colours, make_primary


def paths_of(mime: QMimeData) -> list[str]:
    """The files and folders of this computer that are in ``mime``."""
    return [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]


def addresses_of(mime: QMimeData) -> list[str]:
    """What is in ``mime`` and lies elsewhere, such as a picture that was dragged out of a web page."""
    return [url.toDisplayString() for url in mime.urls() if not url.isLocalFile()]


def leave_drops_to(window: QWidget) -> None:
    """Pictures can be dropped anywhere: fields, lists and plots in ``window`` do not keep them for themselves."""
    for child in window.findChildren(QWidget):
        parts = (child, child.viewport()) if isinstance(child, QAbstractScrollArea) else (child,)
        if isinstance(child, QLineEdit | QAbstractScrollArea):
            for part in parts:
                part.setAcceptDrops(False)


class DropArea(QWidget):
    """Says what to do while there are no pictures. Where there is no model, a model is what is missing first."""

    pictures_wanted = Signal()
    samples_wanted = Signal()
    training_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title, self._about = Label(), Label()
        self._open = QPushButton(self.tr("Open pictures…"))
        self._samples = QPushButton(self.tr("Classify the sample pictures"))
        self._train = QPushButton(self.tr("Train on the sample data"))
        self._open.clicked.connect(self.pictures_wanted)
        self._samples.clicked.connect(self.samples_wanted)
        self._train.clicked.connect(self.training_wanted)
        self._lay_out()
        self._paint()
        self.show_state(has_model=True, samples_missing="")

    def _lay_out(self) -> None:
        font = self._title.font()
        font.setPointSizeF(1.6 * font.pointSizeF())
        self._title.setFont(font)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 4 * SPACE, 4 * SPACE, 4 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addStretch()
        for label in (self._title, self._about):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            layout.addWidget(label)
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addStretch()
        for button in (self._samples, self._train, self._open):
            button.setMinimumHeight(5 * SPACE)
            line.addWidget(button)
        line.addStretch()
        layout.addLayout(line)
        layout.addStretch()

    def show_state(self, *, has_model: bool, samples_missing: str) -> None:
        """Which invitation to show; ``samples_missing`` says why there are no sample pictures."""
        if has_model:
            self._title.setText(self.tr("Drop pictures or a folder here"))
            self._about.setText(self.tr("The network classifies them, and tells you when it is not sure"))
        else:
            self._title.setText(self.tr("There is no trained model yet"))
            self._about.setText(self.tr("Train one in a few minutes, then drop pictures here"))
        self._samples.setVisible(has_model)
        self._samples.setEnabled(not samples_missing)
        set_tip(self._samples, samples_missing)
        self._train.setVisible(not has_model)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()

    def _paint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.WindowText, colours(self).faint)
        self._about.setPalette(palette)
        for button in (self._samples, self._train):
            make_primary(button)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the dashed edge."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_dashes(painter, QRectF(self.rect()), colours(self).faint)


class DropOverlay(QWidget):
    """A veil that says that what is being dragged can be dropped. It lets every event through to what is below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._words = ""
        self.hide()

    def words(self) -> str:
        """What it says."""
        return self._words

    def show_over(self, widget: QWidget, words: str) -> None:
        """Covers ``widget`` with ``words`` that say what a drop does, and follows its size until it is hidden."""
        self._words = words
        self.setAccessibleName(words)
        if self.parentWidget() is not widget:
            self.setParent(widget)
        widget.installEventFilter(self)
        self.setGeometry(widget.rect())
        self.raise_()
        self.show()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follows the size of what it covers."""
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget) and watched is self.parentWidget():
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the veil and its words."""
        painter, drawn = QPainter(self), colours(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(drawn.paper)
        veil.setAlphaF(0.86)
        painter.fillRect(self.rect(), veil)
        _draw_dashes(painter, QRectF(self.rect()).adjusted(SPACE, SPACE, -SPACE, -SPACE), drawn.accent)
        font = painter.font()
        font.setPointSizeF(1.6 * font.pointSizeF())
        painter.setFont(font)
        card = painter.fontMetrics().boundingRect(self._words).adjusted(-4 * SPACE, -2 * SPACE, 4 * SPACE, 2 * SPACE)
        card.moveCenter(self.rect().center())
        painter.setPen(drawn.accent)
        painter.setBrush(drawn.paper)
        painter.drawRoundedRect(card, SPACE, SPACE)
        painter.setPen(drawn.text)
        painter.drawText(card, Qt.AlignmentFlag.AlignCenter, self._words)


def _draw_dashes(painter: QPainter, frame: QRectF, colour: QColor) -> None:
    pen = QPen(colour, 1.5)
    pen.setDashPattern([5, 4])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), SPACE, SPACE)
