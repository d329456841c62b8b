"""Light and dark: both can be read, and both are followed while the window is open."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from alexnet_app.core.network.variants import variant
from alexnet_app.ui import theme
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.kernel_sheet import Swatch
from alexnet_app.ui.theme import Appearance

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000
READABLE, SEEN = 4.5, 3.0  # contrast of text, and of lines and bars
Role = QPalette.ColorRole


def luminance(colour):
    parts = [colour.redF(), colour.greenF(), colour.blueF()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself():
    assert contrast(QColor("#ffffff"), QColor("#000000")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_that_every_text_can_be_read(dark):
    made, drawn = theme.palette(dark=dark), theme.DARK if dark else theme.LIGHT
    for front, back in (
        (Role.WindowText, Role.Window),
        (Role.Text, Role.Base),
        (Role.Text, Role.AlternateBase),
        (Role.ButtonText, Role.Button),
        (Role.ToolTipText, Role.ToolTipBase),
        (Role.PlaceholderText, Role.Base),
        (Role.PlaceholderText, Role.Window),
        (Role.HighlightedText, Role.Highlight),
        (Role.Link, Role.Window),
    ):
        assert contrast(made.color(front), made.color(back)) >= READABLE, (front, back)
    for back in (drawn.warning, drawn.error, drawn.paper):
        assert contrast(drawn.text, back) >= READABLE
    for back in (drawn.paper, made.color(Role.Window), made.color(Role.Base)):
        assert contrast(drawn.faint, back) >= READABLE
    for line in (drawn.accent, drawn.second, drawn.other):
        assert contrast(line, drawn.paper) >= SEEN
    for tower in (drawn.tower_a, drawn.tower_b):
        assert min(contrast(tower, back) for back in (drawn.paper, made.color(Role.Window))) >= SEEN


def test_that_a_tower_has_its_hue_light_and_dark():
    for light, dark in ((theme.LIGHT.tower_a, theme.DARK.tower_a), (theme.LIGHT.tower_b, theme.DARK.tower_b)):
        assert abs(light.hslHueF() - dark.hslHueF()) < 0.01
    assert contrast(theme.DARK.tower_a, theme.palette(dark=True).color(Role.Window)) >= READABLE


def test_that_what_has_the_colour_of_a_tower_follows_the_scheme(qtbot, qapp):
    swatch = Swatch(theme.TOWER_A)
    qtbot.addWidget(swatch)
    swatch.show()
    for dark, drawn in ((True, theme.DARK), (False, theme.LIGHT)):
        theme.use(qapp, dark=dark)
        assert swatch.grab().toImage().pixelColor(swatch.rect().center()) == drawn.tower_a
        assert theme.tint(theme.TOWER_B, swatch) == drawn.tower_b
        assert theme.tint(drawn.accent, swatch) == drawn.accent, "no tower's"


@pytest.mark.parametrize("is_default", [False, True])
def test_that_the_words_of_the_next_thing_to_do_can_be_read(qtbot, scheme, is_default):
    button = QPushButton("Train")
    qtbot.addWidget(button)
    theme.make_primary(button)
    button.setDefault(is_default)
    button.show()
    picture, words = button.grab().toImage(), button.palette().color(Role.ButtonText)
    inside = range(4, button.height() - 4)
    assert min(contrast(picture.pixelColor(6, y), words) for y in inside) >= READABLE


def is_dark(widget):
    return theme.is_dark(widget.palette())


@pytest.fixture
def shown(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    return widget


def test_that_the_system_is_followed_while_it_changes(qtbot, qapp, shown):
    for scheme in (Qt.ColorScheme.Dark, Qt.ColorScheme.Light, Qt.ColorScheme.Dark, Qt.ColorScheme.Unknown):
        qapp.styleHints().colorSchemeChanged.emit(scheme)
        qtbot.waitUntil(lambda scheme=scheme: is_dark(shown) is (scheme == Qt.ColorScheme.Dark))


def test_that_what_was_chosen_stays_when_the_system_changes(qtbot, qapp, shown):
    theme.appear(qapp, Appearance.LIGHT)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    qtbot.wait(1)
    assert not is_dark(shown)
    theme.appear(qapp, Appearance.DARK)
    qapp.styleHints().colorSchemeChanged.emit(Qt.ColorScheme.Light)
    qtbot.waitUntil(lambda: is_dark(shown))


def ink(label):
    if isinstance(label, ElidedLabel):
        return theme.colours(label).faint
    return label.palette().color(label.foregroundRole())


def unreadable(window):
    return [
        label.text()
        for label in window.findChildren(QLabel)
        if label.isVisible() and label.isEnabled() and label.text()
        if contrast(ink(label), label.palette().color(label.backgroundRole())) < READABLE
    ]


def panels_in_turn(window):
    for place in range(window.tabs.count()):
        window.tabs.setCurrentIndex(place)
        yield window.tabs.widget(place)


@SLOW
def test_that_a_window_that_is_open_turns_dark_and_light_again(window, qtbot, qapp):
    window.tabs.train.download_action.setEnabled(False)  # so nothing is offered in the place of what is said here
    for panel in (window.tabs.train, window.tabs.filters, window.tabs.paper):
        panel.banner.show_error("It broke.", "a trace")
    window.tabs.classify.banner.show_note("Worth knowing.")
    window.tabs.train._live.begin(variant("shapes-towers"), 8, live=False)
    window.tabs.train.pages.setCurrentWidget(window.tabs.train._live)
    for scheme, drawn in ((Appearance.DARK, theme.DARK), (Appearance.LIGHT, theme.LIGHT)):
        theme.appear(qapp, scheme)
        dark = scheme is Appearance.DARK
        qtbot.waitUntil(lambda dark=dark: is_dark(window) is dark, timeout=LONG)
        qtbot.wait(1)
        for panel in panels_in_turn(window):
            banner = panel.banner.palette().color(Role.Window)
            assert banner in (drawn.error, drawn.warning)
            assert not unreadable(window)
        window.tabs.setCurrentWidget(window.tabs.train)
        curves = window.tabs.train._live.curves.grab().toImage()
        assert curves.pixelColor(curves.width() // 2 + 3, curves.height() // 3 + 3) in (
            drawn.paper,
            theme.palette(dark=dark).color(Role.Base),
        )


def test_that_the_next_thing_to_do_changes_its_colours_too(window, qtbot, qapp):
    before = window.tabs.train.setup.button.palette().color(Role.Button)
    theme.appear(qapp, Appearance.DARK)
    qtbot.waitUntil(lambda: window.tabs.train.setup.button.palette().color(Role.Button) != before, timeout=LONG)
    button = window.tabs.train.setup.button.palette()
    assert contrast(button.color(Role.Button), button.color(Role.ButtonText)) >= READABLE
