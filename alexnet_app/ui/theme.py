"""The colours and sizes of the window, light and dark, in one place."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

SPACE = 8  # pixels: everything lies on multiples of it
TOWER_A = QColor("#0072B2")  # these two mean the same everywhere, always with a label or a dash pattern beside them
TOWER_B = QColor("#D55E00")
LIGHT_A = QColor("#38a1dc")  # tower A's on dark, the same hue: the other one stands at 2.6 : 1 on a dark window


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
    right: QColor  # an answer that is known to be right, always with a sign beside the colour …
    wrong: QColor  # … or to be wrong
    tower_a: QColor
    tower_b: QColor


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
    right=QColor("#00704f"),
    wrong=QColor("#b3261e"),
    tower_a=TOWER_A,
    tower_b=TOWER_B,
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
    right=QColor("#3fc49a"),
    wrong=QColor("#ff8f86"),
    tower_a=LIGHT_A,
    tower_b=TOWER_B,
)


class Appearance(StrEnum):
    """What a person can choose: lecture rooms differ."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def is_dark(palette: QPalette) -> bool:
    """Whether text is light on dark."""
    return palette.color(QPalette.ColorRole.Window).lightness() < 128


def colours(widget: QWidget) -> Colours:
    """The colours that fit now; ask again on ``QEvent.Type.PaletteChange``.

    The widget's own palette does not tell: it may be that of a banner, or not yet changed with that of the program.
    """
    return DARK if is_dark(QApplication.palette(widget)) else LIGHT


def tint(colour: QColor, widget: QWidget) -> QColor:
    """``colour``, which may be a tower's, as ``widget`` is to draw it on the background that it has now."""
    drawn = colours(widget)
    return {TOWER_A.rgb(): drawn.tower_a, TOWER_B.rgb(): drawn.tower_b}.get(colour.rgb(), colour)


def make_primary(button: QPushButton) -> None:
    """Lets ``button`` stand out as the next thing to do; again on a change of palette."""
    made = QPalette(QApplication.palette())
    dark = is_dark(made)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive):
        # Fusion draws a button lighter and paler than its colour: from these it makes about the accent
        made.setColor(group, QPalette.ColorRole.Button, QColor("#4b7fd9" if dark else "#05307c"))
        made.setColor(group, QPalette.ColorRole.ButtonText, made.color(QPalette.ColorRole.HighlightedText))
    button.setPalette(made)
    button.setMinimumSize(button.sizeHint().width() + 2 * SPACE, 5 * SPACE)


def follow_system(app: QApplication) -> None:
    """Fusion with a light or dark palette, as the system has it, now and whenever it changes."""
    if app.property("appearance") is None:
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(lambda scheme: _repaint(app, scheme))
    appear(app, Appearance.SYSTEM)


def appear(app: QApplication, wanted: Appearance) -> None:
    """Light or dark from now on, or what the system has; also where the system knows no such thing."""
    app.setProperty("appearance", str(wanted))
    schemes = {Appearance.LIGHT: Qt.ColorScheme.Light, Appearance.DARK: Qt.ColorScheme.Dark}
    app.styleHints().setColorScheme(schemes.get(wanted, Qt.ColorScheme.Unknown))  # the frames of windows follow it
    _repaint(app, app.styleHints().colorScheme())


def _repaint(app: QApplication, scheme: Qt.ColorScheme) -> None:
    wanted = app.property("appearance")
    has_dark = scheme == Qt.ColorScheme.Dark
    use(app, dark=wanted == Appearance.DARK or (wanted != Appearance.LIGHT and has_dark))


def use(app: QApplication, *, dark: bool) -> None:
    """Sets the light or the dark palette for all windows."""
    made = palette(dark=dark)
    app.setPalette(made)
    if dark:  # Fusion draws the outline of a box darker than the window, where it cannot be seen: the box must be
        made.setColor(QPalette.ColorRole.Base, QColor("#555c66"))
    app.setPalette(made, "QCheckBox")  # type: ignore[arg-type]  # it takes a text, whatever its hints say


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
