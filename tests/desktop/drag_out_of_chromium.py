"""Drags pictures out of a real Chromium onto the window, and pastes what it and a file manager copy. Run by hand.

    python tests/desktop/drag_out_of_chromium.py [--record FILE] [--pictures FOLDER]

It needs what the tests on the virtual screen need, and chromium (300 MB, and no plain package on Ubuntu: so no test of
every day asks for it). ``--record`` keeps what Chromium gives in a drag as ``tests/ui/dragged_out_of_chromium.json``,
which those tests are fed with; ``--pictures`` keeps a picture of the screen after each step.
"""

import argparse
import base64
import functools
import http.server
import json
import os
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from PIL import Image
from screen import FileManager, Program, Screen, wait_for

PLACES = {"image": (100, 75), "linked image": (100, 235), "embedded image": (100, 395), "link": (40, 505)}
PATH = (100, 582)
HOST = b"https://cats.example.org"  # instead of this computer's, in what is recorded


def main():
    """Every drag and paste, each told in a line; fails at the first that does not arrive."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", type=Path)
    parser.add_argument("--pictures", type=Path)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        server = serve(home / "web")
        shown = Screen(home)
        try:
            browse(shown, server)
            if options.record:
                record(shown, options.record, f"http://127.0.0.1:{server.server_port}".encode())
            else:
                check(shown, options.pictures)
        finally:
            shown.close()
            server.shutdown()


def serve(folder):
    """A page with a picture, one that is a link, one written out in its address, a link, and a path as text."""
    folder.mkdir()
    picture = Image.new("RGB", (200, 150), "orange")
    picture.paste("blue", (50, 30, 120, 100))
    picture.save(folder / "wild cat.png")
    picture.save(folder / "photo.jpg", quality=90)
    data = base64.b64encode((folder / "wild cat.png").read_bytes()).decode()
    at = "style='position:absolute;left:0;top:{}px;font-size:40px'"
    (folder / "index.html").write_text(
        f"<title>Cats page</title><body style='margin:0'><img {at.format(0)} src='wild%20cat.png' alt='a cat'>"
        f"<a href='/elsewhere.html'><img {at.format(160)} src='photo.jpg?size=3'></a>"
        f"<img {at.format(320)} src='data:image/png;base64,{data}'><a {at.format(480)} href='/photo.jpg'>link</a>"
        f"<p style='position:absolute;left:0;top:560px;font-size:14px'>{folder / 'photo.jpg'}</p>"
    )

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def browse(screen, server):
    """Chromium with the page, on the left."""
    as_root = ["--no-sandbox"] if os.geteuid() == 0 else []
    options = ["--no-first-run", "--disable-gpu", "--test-type", "--password-store=basic", *as_root]
    where = [f"--user-data-dir={screen.home / 'chrome'}", f"--app=http://127.0.0.1:{server.server_port}/index.html"]
    screen.run(shutil.which("chromium") or "chromium", *options, *where)
    screen.place("Cats page", 0, 0, 640, 800)
    time.sleep(3)  # it says nowhere when the page is drawn


def check(screen, pictures):
    """Drags and pastes into the window, and asks it what came."""
    app = Program(screen)
    screen.place("AlexNet App", 660, 0, 900, 760)
    app.wait("window._headline.text() == ''")
    app.wait("window.tabs.classify.answering.model()")
    steps = {f"drag the {name}": functools.partial(drag, screen, app, PLACES[name]) for name in PLACES}
    steps |= {
        "paste the copied image": functools.partial(paste_image, screen),
        "paste the copied path": functools.partial(paste_path, screen),
        "paste the copied file": functools.partial(paste_file, screen),
    }
    for number, (what, do) in enumerate(steps.items(), start=1):
        before = app.ask("window.tabs.classify.answering.album.pictures()")
        do()
        if what.endswith("the link"):
            app.wait("window.tabs.classify.links.bar.text().endswith('from 127.0.0.1?')")
            app.click("Fetch")
            app.wait("'nothing is fetched from 127.0.0.1' in window.tabs.classify.banner.text()")
        else:
            if "paste" in what:
                screen.output("wmctrl", "-a", "AlexNet App")
                time.sleep(0.5)
                screen.key("ctrl+v")
            app.wait(f"len(window.tabs.classify.answering.album.answered()) == {before + 1}")
        name = app.ask("window.tabs.classify.page.name.text()")
        print(f"{what}: {name}", flush=True)
        if pictures:
            pictures.mkdir(parents=True, exist_ok=True)
            screen.picture(pictures / f"{number} {what}.png")


def drag(screen, app, place):
    """From the page to the middle of the window."""
    screen.output("wmctrl", "-a", "Cats page")
    screen.drag(place, app.middle())


def paste_image(screen):
    """Copy image, in the menu of the page."""
    screen.output("wmctrl", "-a", "Cats page")
    screen.click(*PLACES["image"], button=3)
    time.sleep(1)
    screen.key("y")  # its letter in the menu
    time.sleep(1)


def paste_path(screen):
    """Copy a line of the page."""
    screen.output("wmctrl", "-a", "Cats page")
    screen.output("xdotool", "mousemove", *map(str, PATH), "click", "--repeat", "3", "--delay", "60", "1")
    screen.key("ctrl+c")
    time.sleep(1)


def paste_file(screen):
    """Copy a file in a file manager."""
    files = FileManager(screen, screen.home / "web")
    screen.click(*files.first())
    files.select_all()
    screen.key("ctrl+c")
    time.sleep(1)


def record(screen, path, host):
    """Keeps what Chromium gives with each drag, without what only Chromium reads."""
    screen.run(sys.executable, str(Path(__file__).parent / "dropped_on.py"), str(screen.home))
    screen.place("Dropped on", 900, 0, 500, 500)
    found = {}
    for number, (name, place) in enumerate(PLACES.items()):
        screen.drag(place, (1150, 250))
        told = screen.home / f"{number}.json"
        wait_for(told.exists, f"what was dropped with the {name}")
        formats = json.loads(told.read_text())
        found[name] = {
            form: written(base64.b64decode(value).replace(host, HOST))
            for form, value in formats.items()
            if not form.startswith("chromium/")
        }
    path.write_text(json.dumps(found, indent=1) + "\n")


def written(value):
    """As text where it is one."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        text = "\x00"
    return "base64:" + base64.b64encode(value).decode() if "\x00" in text else text


if __name__ == "__main__":
    main()
