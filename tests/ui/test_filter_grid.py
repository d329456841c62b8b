"""The sheet of kernels: where pixels lie on every screen, what the mouse and the keys pick, what is read aloud."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QSize, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from alexnet_app.ui import theme
from alexnet_app.ui.parts.filter_grid import FilterGrid
from alexnet_app.ui.parts.kernel_layout import SMALLEST, Grid, Shape

# draws kernels of chance in a window whose grid begins at an odd place, and says where each kernel should be
DRAW = """
import sys
import numpy as np
from PySide6.QtWidgets import QApplication, QWidget
from alexnet_app.ui import theme
from alexnet_app.ui.parts.filter_grid import FilterGrid

app = QApplication([])
theme.follow_system(app)
window = QWidget()
window.resize(403, 357)
grid = FilterGrid("Tower A", theme.TOWER_A, window)
grid.setGeometry(13, 7, 383, 341)
kernels = np.random.default_rng(1).integers(0, 255, (24, 7, 7, 3), np.uint8)
grid.set_kernels(kernels)
window.show()
assert window.grab().toImage().save(sys.argv[1])
print(grid.sheet().grid().zoom, grid.sheet().grid().columns)
"""


def pixels(widget):
    """What the widget shows, (height, width, 3)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def chance(count, side=5):
    return np.random.default_rng(1).integers(0, 255, (count, side, side, 3), np.uint8)


@pytest.fixture
def grid(qtbot):
    made = FilterGrid("Tower A", theme.TOWER_A)
    qtbot.addWidget(made)
    made.resize(420, 400)
    made.show()
    return made


def middle(grid, picture):
    return grid.sheet().cell(picture).center()


def click(grid, picture):
    QTest.mouseClick(grid.sheet(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, middle(grid, picture))


@pytest.mark.parametrize("scale", ["1", "1.25", "1.5", "1.75", "2"])
def test_that_every_pixel_of_a_kernel_is_equally_large_at_every_scale(scale, tmp_path):
    path = tmp_path / "shot.png"
    environment = {**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"}
    environment["QT_SCALE_FACTOR_ROUNDING_POLICY"] = "PassThrough"
    made = subprocess.run(
        [sys.executable, "-c", DRAW, str(path)], env=environment, check=True, capture_output=True, text=True
    )
    zoom, columns = map(int, made.stdout.split())
    shown = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    assert shown.width() == pytest.approx(403 * float(scale), abs=1)
    flat = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), -1)[:, : 3 * shown.width()]
    page = flat.reshape(shown.height(), shown.width(), 3)
    kernels = chance(24, 7).repeat(zoom, axis=1).repeat(zoom, axis=2)
    side = 7 * zoom
    assert side * columns > 0.7 * 383 * float(scale)
    views = np.lib.stride_tricks.sliding_window_view(page[:, :, 0], (side, side))
    places = []
    for kernel in kernels:
        corners = np.argwhere((views[:, :, 0, 0] == kernel[0, 0, 0]) & (views[:, :, -1, -1] == kernel[-1, -1, 0]))
        found = [(y, x) for y, x in corners if np.array_equal(page[y : y + side, x : x + side], kernel)]
        assert len(found) == 1
        places.append(found[0])
    rows, lines = sorted({y for y, _ in places}), sorted({x for _, x in places})
    assert len(lines) == columns
    assert len(set(np.diff(rows))) == len(set(np.diff(lines))) == 1
    assert places == [(rows[i // columns], lines[i % columns]) for i in range(24)]


@pytest.mark.parametrize("size", [(420, 400), (300, 700), (1200, 300), (1800, 1600)])
@pytest.mark.parametrize("count", [1, 7, 24, 32, 48])
def test_that_no_other_arrangement_makes_kernels_much_larger(size, count):
    shape, room = Shape(count, 7, 7), QSize(*size)
    found = shape.fit(room, 1.0)
    assert found.size[0] <= room.width()
    assert found.size[1] <= room.height()
    assert found.rows * found.columns - count < found.columns
    for columns in range(1, count + 1):
        larger = shape.grid(columns, -(-found.zoom * 100 // 92) + 1, 1.0)
        assert larger.size[0] > room.width() or larger.size[1] > room.height()


def test_that_the_tower_of_the_paper_is_a_whole_rectangle():
    found = Shape(48, 11, 11).fit(QSize(480, 560), 1.0)
    assert 48 % found.columns == 0
    assert found.zoom >= 5


def test_that_places_and_pixels_find_each_other():
    layout = Grid(7, 3, 5, 4, zoom=3, gap=2, row_gap=6)
    assert layout.size == (3 * 15 + 2 * 2, 3 * 12 + 2 * 6)
    for index in range(7):
        place = layout.cell(index)
        assert layout.at(place.x(), place.y()) == (index, 0, 0)
        assert layout.at(place.right(), place.bottom()) == (index, 3, 4)
        assert layout.at(place.right() + 1, place.y()) is None
        assert layout.at(place.x(), place.bottom() + 1) is None
    assert layout.at(*layout.cell(6).topRight().toTuple()) is not None
    assert layout.at(layout.cell(1).x(), layout.cell(6).y()) is None
    assert layout.at(-1, 3) is None
    assert layout.at(3, -1) is None


def test_that_nothing_but_the_placeholder_is_there_at_first(grid):
    empty = pixels(grid)
    grid.set_placeholder("Kernels appear here.")
    assert grid.count() == 0
    assert not np.array_equal(pixels(grid), empty)
    grid.set_kernels(chance(12))
    assert grid.count() == 12
    grid.clear()
    assert grid.count() == 0
    QTest.keyClick(grid.sheet(), Qt.Key.Key_Right)
    assert grid.picked_index() is None


def test_that_new_kernels_take_the_place_of_the_old_ones(grid):
    grid.set_kernels(np.full((4, 5, 5, 3), 10, np.uint8))
    grid.set_kernels(np.full((4, 5, 5, 3), 200, np.uint8))
    shown = pixels(grid.sheet())
    assert (shown == 200).all(axis=2).sum() == 4 * 25 * grid.sheet().grid().zoom ** 2
    assert not (shown == 10).all(axis=2).any()


def test_that_a_click_picks_a_kernel(grid, qtbot):
    grid.set_kernels(chance(12))
    with qtbot.waitSignal(grid.picked) as heard:
        click(grid, 7)
    assert heard.args == [7]
    assert grid.picked_index() == 7


def test_that_a_click_between_kernels_picks_nothing(grid, qtbot):
    grid.set_kernels(chance(12))
    gap = grid.sheet().grid().cell(0).topRight() + QPoint(2 + theme.SPACE // 2, 20)
    with qtbot.assertNotEmitted(grid.picked):
        QTest.mouseClick(grid.sheet(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, gap)


def test_that_keys_move_the_picked_kernel(grid):
    grid.set_kernels(chance(12))
    columns = grid.sheet().grid().columns
    assert 2 <= columns <= 6
    heard = []
    grid.picked.connect(heard.append)
    keys = (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_End)
    for key in (*keys, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_Left, Qt.Key.Key_Up):
        QTest.keyClick(grid.sheet(), key)
    assert heard == [0, 1, 1 + columns, columns, 0, 11, 0]  # keys that lead beyond the edge stay


def test_that_the_picked_kernel_has_a_frame_in_the_towers_colour(grid, scheme):
    grid.set_kernels(np.full((12, 5, 5, 3), 128, np.uint8))
    grid.sheet().clearFocus()
    tower = np.array(theme.tint(theme.TOWER_A, grid).getRgb()[:3])
    assert not (pixels(grid.sheet()) == tower).all(axis=2).any()
    grid.set_picked(4)
    shown = (pixels(grid.sheet()) == tower).all(axis=2)
    rows, columns = np.nonzero(shown)
    place = grid.sheet().cell(4)
    assert rows.min() < place.top() < place.bottom() <= rows.max() + 1
    assert columns.min() < place.left() < place.right() <= columns.max() + 1
    inside = pixels(grid.sheet())[place.top() + 2 : place.bottom() - 2, place.left() + 2 : place.right() - 2]
    assert (inside == 128).all()
    grid.set_picked(None)
    assert not (pixels(grid.sheet()) == tower).all(axis=2).any()


def test_that_the_focus_is_seen(grid, qtbot):
    grid.set_kernels(chance(12))
    grid.sheet().clearFocus()
    away = pixels(grid.sheet())
    grid.setFocus()
    qtbot.waitUntil(lambda: grid.sheet().hasFocus())
    assert not np.array_equal(pixels(grid.sheet()), away)
    grid.set_picked(2)
    with_focus = pixels(grid.sheet())
    grid.sheet().clearFocus()
    assert not np.array_equal(pixels(grid.sheet()), with_focus)


def test_that_the_picked_kernel_stays_while_kernels_change_and_goes_with_them(grid):
    grid.set_kernels(chance(12))
    grid.set_picked(9)
    grid.set_kernels(chance(12) // 2)
    assert grid.picked_index() == 9
    grid.set_kernels(chance(4))
    assert grid.picked_index() is None


def test_that_the_pointer_is_told_the_kernels_number(grid, qtbot):
    grid.set_kernels(chance(12), numbers=range(24, 12, -1))
    place = middle(grid, 3)
    help_ = QHelpEvent(QEvent.Type.ToolTip, place, grid.sheet().mapToGlobal(place))
    QApplication.sendEvent(grid.sheet(), help_)
    assert QToolTip.text() == "Kernel 21"
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_that_kernels_of_many_slices_are_rows(grid, qtbot):
    grid.set_kernels(chance(40, 3), columns=8, slices=8, layer="conv2")
    assert grid.count() == 5
    assert grid.sheet().grid().columns == 8
    assert grid.accessibleName() == "Tower A, 5 kernels of conv2"
    with qtbot.waitSignal(grid.picked) as heard:
        click(grid, 2 * 8 + 5)
    assert heard.args == [2]
    QTest.keyClick(grid.sheet(), Qt.Key.Key_Down)
    QTest.keyClick(grid.sheet(), Qt.Key.Key_Right)
    assert grid.picked_index() == 4
    place = middle(grid, 3 * 8 + 1)
    QApplication.sendEvent(grid.sheet(), QHelpEvent(QEvent.Type.ToolTip, place, grid.sheet().mapToGlobal(place)))
    assert QToolTip.text() == "Kernel 4, input map 2"
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())


def test_that_what_does_not_fit_is_scrolled_and_followed(grid, qtbot):
    grid.set_kernels(chance(31 * 128, 3), columns=128, slices=128)
    sheet = grid.sheet()
    qtbot.waitUntil(lambda: sheet.width() > grid.width())
    assert sheet.grid().zoom * 3 >= SMALLEST
    assert sheet.grid().size[0] <= sheet.width()
    assert sheet.grid().size[1] <= sheet.height()
    grid.resize(420, 160)
    qtbot.waitUntil(lambda: sheet.height() > grid.height())
    QTest.keyClick(sheet, Qt.Key.Key_End)
    seen, last = sheet.visibleRegion().boundingRect(), sheet.cell(30 * 128)
    assert seen.top() <= last.top()
    assert last.bottom() - 1 <= seen.bottom()


@pytest.mark.parametrize("width", [345, 354, 360, 372, 380])
def test_that_the_bar_that_scrolls_down_brings_none_that_scrolls_sideways(grid, qtbot, width):
    grid.resize(width, 300)
    grid.set_kernels(chance(64 * 32), columns=32, slices=32)
    down, sideways = grid._scroll.verticalScrollBar(), grid._scroll.horizontalScrollBar()
    qtbot.waitUntil(down.isVisible)
    assert not sideways.isVisible()
    sheet = grid.sheet()
    assert sheet.cell(31).right() <= sheet.width()
    assert sheet.grid().zoom * 5 >= SMALLEST
    grid.resize(900, 300)
    qtbot.waitUntil(lambda: sheet.grid().gap > 0)
    grid.resize(250, 300)
    qtbot.waitUntil(sideways.isVisible)
    assert sheet.grid().gap > 0, "what is scrolled anyway stays legible"


def test_that_thousands_of_free_kernels_are_all_there(grid, qtbot):
    grid.set_kernels(chance(4000, 3))
    sheet = grid.sheet()
    qtbot.waitUntil(lambda: sheet.height() > grid.height())
    assert sheet.width() <= grid.width()
    assert sheet.rect().contains(sheet.cell(3999).center())
    assert sheet.height() >= sheet.cell(3999).bottom()


def test_that_it_is_read_aloud(grid):
    assert grid.accessibleName() == "Tower A, no kernels"
    grid.set_kernels(chance(48), layer="conv1")
    assert grid.accessibleName() == grid.sheet().accessibleName() == "Tower A, 48 kernels of conv1"
    assert grid.sheet().accessibleDescription() == ""
    grid.set_picked(16)
    assert grid.sheet().accessibleDescription() == "Kernel 17"
    grid.set_title("Tower B", theme.TOWER_B)
    assert grid.accessibleName() == "Tower B, 48 kernels of conv1"


def test_that_the_title_has_the_towers_colour(qtbot, scheme):
    made = FilterGrid("Tower B", QColor("#D55E00"))
    qtbot.addWidget(made)
    made.resize(300, 200)
    made.show()
    top = pixels(made)[:24]
    assert (top == (0xD5, 0x5E, 0x00)).all(axis=2).sum() >= 40


def test_that_tab_enters_and_leaves_it(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    first, second = FilterGrid("Tower A", theme.TOWER_A, window), FilterGrid("Tower B", theme.TOWER_B, window)
    for number, each in enumerate((first, second)):
        each.setGeometry(200 * number, 0, 200, 200)
        each.set_kernels(chance(8))
    window.resize(400, 200)
    window.show()
    window.activateWindow()
    first.setFocus()
    qtbot.waitUntil(lambda: first.sheet().hasFocus())
    QTest.keyClick(first.sheet(), Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: second.sheet().hasFocus())
