"""The colours and sizes of the window, light and dark, in one place."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

SPACE = 8  # pixels: everything lies on multiples of it
TOWER_A = QColor("#0072B2")  # these two mean the same everywhere, always with a label or a dash pattern beside them
TOWER_B = QColor("#D55E00")


@dataclass(frozen=True, slots=True)
class Colours:
    """What is drawn by hand: curves, bars, sheets. Everything else follows the palette."""

    text: QColor
    faint: QColor  # text that steps back; still 4.5 : 1 on the background
    grid: QColor
    paper: QColor  # behind curves and pictures
    accent: QColor  # bars, progress, the curve of training
    second: QColor  # the curve of validation
    other: QColor  # curves of another run
    warning: QColor  # behind banners
    error: QColor


LIGHT = Colours(
    text=QColor("#1b1d20"),
    faint=QColor("#5c6167"),
    grid=QColor("#dcdfe3"),
    paper=QColor("#ffffff"),
    accent=QColor("#2a62c9"),
    second=QColor("#00795a"),
    other=QColor("#8a5a9e"),
    warning=QColor("#fff1cc"),
    error=QColor("#fbdcd9"),
)
DARK = Colours(
    text=QColor("#e8eaed"),
    faint=QColor("#a3a9b0"),
    grid=QColor("#3a3e44"),
    paper=QColor("#17191c"),
    accent=QColor("#7ba7f7"),
    second=QColor("#3fc49a"),
    other=QColor("#c79bd8"),
    warning=QColor("#4a3c14"),
    error=QColor("#552523"),
)


def is_dark(palette: QPalette) -> bool:
    """Whether text is light on dark."""
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def colours(widget: QWidget) -> Colours:
    """The colours that fit the widget's palette now; ask again on ``QEvent.Type.PaletteChange``."""
    return DARK if is_dark(widget.palette()) else LIGHT


def make_primary(button: QAbstractButton) -> None:
    """Lets ``button`` stand out as the next thing to do; again on a change of palette."""
    made = QPalette(QApplication.palette())
    drawn = DARK if is_dark(made) else LIGHT
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        made.setColor(group, QPalette.ColorRole.Button, drawn.accent)
        made.setColor(group, QPalette.ColorRole.ButtonText, made.color(QPalette.ColorRole.HighlightedText))
    button.setPalette(made)


def follow_system(app: QApplication) -> None:
    """Fusion with a light or dark palette, as the system has it, now and whenever it changes."""
    app.setStyle("Fusion")
    hints = app.styleHints()
    hints.colorSchemeChanged.connect(lambda scheme: use(app, dark=scheme == Qt.ColorScheme.Dark))
    use(app, dark=hints.colorScheme() == Qt.ColorScheme.Dark)


def use(app: QApplication, *, dark: bool) -> None:
    """Sets the light or the dark palette for all windows."""
    app.setPalette(palette(dark=dark))


def palette(*, dark: bool) -> QPalette:
    """The palette of every standard control."""
    drawn = DARK if dark else LIGHT
    # Fusion's outlines are darker than the window: it must leave room for them
    window, base, button = ("#2b2f35", "#191b1f", "#3d434b") if dark else ("#f3f4f6", "#ffffff", "#fbfbfc")
    made = QPalette(QColor(button), QColor(window))
    for role, colour in (
        (QPalette.ColorRole.WindowText, drawn.text),
        (QPalette.ColorRole.Text, drawn.text),
        (QPalette.ColorRole.ButtonText, drawn.text),
        (QPalette.ColorRole.ToolTipText, drawn.text),
        (QPalette.ColorRole.BrightText, QColor("#ffffff")),
        (QPalette.ColorRole.Base, QColor(base)),
        (QPalette.ColorRole.AlternateBase, QColor(window)),
        (QPalette.ColorRole.ToolTipBase, QColor(button)),
        (QPalette.ColorRole.PlaceholderText, drawn.faint),
        (QPalette.ColorRole.Highlight, drawn.accent),
        (QPalette.ColorRole.Accent, drawn.accent),
        (QPalette.ColorRole.HighlightedText, QColor("#101214") if dark else QColor("#ffffff")),
        (QPalette.ColorRole.Link, drawn.accent),
    ):
        made.setColor(role, colour)
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor("#7f858c" if dark else "#868b91"))
    made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, drawn.grid)
    return made
