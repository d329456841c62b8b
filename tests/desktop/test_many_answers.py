"""Two hundred photos dropped on the real window, sorted, grouped, put into folders, dragged out, and taken back."""

from pathlib import Path

import pytest
from PIL import Image
from screen import FileManager, wait_for

pytestmark = pytest.mark.timeout(280)
COUNT = 200
PANEL = "window.tabs.classify"
LIST = f"{PANEL}.list"


def draw(folder):
    folder.mkdir(parents=True)
    for number in range(COUNT):
        colours = [(37 * number % 256, 91 * number % 256, 53 * number % 256), (number, 255 - number, 128)]
        picture = Image.new("RGB", (48, 48), colours[0])
        picture.paste(colours[1], (number % 32, number // 8, 48, 48))
        picture.save(folder / f"photo {number:03}.png")
    return folder


def contents(folder):
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def place_of(app, widget):
    """The middle of a widget, on the screen."""
    point = f"{widget}.mapToGlobal({widget}.rect().center())"
    return app.ask(f"({point}.x(), {point}.y())")


def row(app, number):
    """The middle of a row of the list, on the screen."""
    rect = f"{LIST}.visualRect({LIST}.pictures.index({number}))"
    point = f"{LIST}.viewport().mapToGlobal({rect}.center())"
    return app.ask(f"({point}.x(), {point}.y())")


@pytest.fixture
def app(screen, program):
    """The window with an answer for each of two hundred photos, which were dropped on it."""
    started = program()
    screen.place("AlexNet App", 300, 0, 1280, 800)
    started.wait("window._headline.text() == ''")
    draw(screen.home / "outer" / "photos")
    screen.key("ctrl+2")
    started.wait(f"window.tabs.currentWidget() is {PANEL}")
    files = FileManager(screen, screen.home / "outer")
    screen.drag(files.first(), started.middle())
    started.wait(f"len({PANEL}.answering.album.known()) == {COUNT}")
    screen.click(*place_of(started, f"{PANEL}.gallery.filter"))
    return started


def test_that_two_hundred_are_sorted_grouped_moved_and_taken_back(screen, app):
    photos, target = screen.home / "outer" / "photos", screen.home / "by class"
    before = contents(photos)
    screen.click(*place_of(app, f"{PANEL}.gallery.bar.order"))
    screen.key("Down", "Down", "Return")
    app.wait(f"{PANEL}.gallery.bar.wanted() == 'probability'")
    shares = app.ask(f"[each.said.probability for each in {LIST}.pictures._arranged.rows]")
    assert shares == sorted(shares, reverse=True)
    screen.key("ctrl+alt+u")
    app.wait(f"{LIST}.pictures.group(0) is not None")
    screen.click(*row(app, 0))
    app.wait(f"not {LIST}.pictures.groups()[0].shown")
    screen.click(*row(app, 0))
    app.wait(f"{LIST}.pictures.groups()[0].shown")
    screen.key("ctrl+shift+m")
    dialog = f"{PANEL}.results.filing.dialog"
    app.wait(f"{dialog} is not None and {dialog}.file.isEnabled()")
    screen.click(*place_of(app, f"{dialog}.target"))
    screen.key("ctrl+a")
    screen.type(str(target))
    app.click("Move")
    x, y = place_of(app, f"{dialog}.apart")
    screen.click(x, y)
    app.wait(f"{dialog}.moves.isChecked() and {dialog}.apart.isChecked()")
    app.wait(f"{dialog}.file.isEnabled() and '{COUNT}' in {dialog}.file.text()")
    assert not target.exists()
    app.click(f"Move {COUNT} pictures")
    app.wait(f"{PANEL}.banner.text().startswith('Moved {COUNT} pictures')")
    assert len(list(target.rglob("*.png"))) == COUNT
    assert not list(photos.rglob("*.png"))
    app.click("Undo")
    app.wait(f"{PANEL}.banner.text().startswith('Took back {COUNT} pictures')")
    assert contents(photos) == before
    assert not target.exists()


def test_that_photos_are_dragged_out_to_the_file_manager(screen, app):
    (screen.home / "empty").mkdir()
    FileManager(screen, screen.home / "empty", y=500)
    screen.output("wmctrl", "-i", "-a", screen.window("AlexNet App"))
    screen.click(*row(app, 1))
    app.wait(f"{LIST}.path().endswith('photo 001.png')")
    screen.drag(row(app, 1), (150, 750))
    copied = screen.home / "empty" / "photo 001.png"
    wait_for(lambda: copied.is_file() and copied.stat().st_size, "the copy of a photo")
    original = screen.home / "outer" / "photos" / "photo 001.png"
    assert Path(original).read_bytes() == copied.read_bytes(), "it stays where it was"
    assert app.ask(f"len({PANEL}.answering.album.known())") == COUNT


def test_that_a_drag_within_the_window_drops_nothing(screen, app):
    screen.click(*row(app, 1))
    app.wait(f"{LIST}.path().endswith('photo 001.png')")
    before = app.ask(f"{PANEL}.answering._drop, {PANEL}.answering.album.waiting_count()")
    screen.drag(row(app, 1), place_of(app, f"{PANEL}.page.view"))
    app.wait("not window._overlay.isVisible()")
    assert app.ask(f"{PANEL}.answering._drop, {PANEL}.answering.album.waiting_count()") == before
    assert not app.ask(f"{PANEL}.answering.is_busy()")
