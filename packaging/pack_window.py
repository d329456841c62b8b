"""Packs what the window needs, for a machine that has torch but no PySide6: ``packaging/pack_window.py OUT.tar.xz``.

Of PySide6, whose wheel takes 80 MB, the modules that the program imports, the libraries that these load, the offscreen
plugin and SVG; of pyqtgraph what is no example; a font; and the libraries of this system that those need, which are
used only where the other machine has none of that name. Run it with the Python that has PySide6; Linux only. The
extension modules are for any Python from 3.9 on. ``tests/bench/window_on_gpu.py --packed`` uses what is in it.
"""

import subprocess
import sys
import tarfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg", "QtNetwork", "QtTest")
PLUGINS = ("platforms/libqoffscreen.so", "iconengines/libqsvgicon.so", "imageformats/libqsvg.so")
BASE = (
    "linux-vdso",
    "ld-linux",
    "libc.so",
    "libm.so",
    "libdl.so",
    "libpthread.so",
    "librt.so",
    "libgcc_s",
    "libstdc++",
)
LEFT_OUT = ("examples", "opengl", "__pycache__", "jupyter")  # of pyqtgraph
LIBRARIES, FONTS = "lib", "fonts"  # folders in the archive, beside the packages


def package(name: str) -> Path:
    """Where an installed package lies."""
    found = find_spec(name)
    if found is None or not found.submodule_search_locations:
        sys.exit(f"{name} is not installed here")
    return Path(found.submodule_search_locations[0])


def loaded_by(file: Path) -> Iterator[Path]:
    """The libraries that the system would load for ``file``."""
    said = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=True).stdout
    for line in said.splitlines():
        _, arrow, place = line.partition("=> ")
        if arrow and place.startswith("/"):
            yield Path(place.split(" (")[0])


def contents() -> dict[str, Path]:
    """What lies where in the archive."""
    pyside, shiboken, plots = (package(name) for name in ("PySide6", "shiboken6", "pyqtgraph"))
    site = pyside.parent
    chosen = [pyside / f"{name}.abi3.so" for name in MODULES]
    chosen += [pyside / "Qt" / "plugins" / name for name in PLUGINS]
    found: dict[str, Path] = {}
    for file in chosen:
        for library in loaded_by(file):
            name = Path(library).name
            place = library.resolve()
            if site.resolve() in place.parents:
                found[str(place.relative_to(site.resolve()))] = place
            elif not name.startswith(BASE):
                found[f"{LIBRARIES}/{name}"] = place
    packed = [*chosen, *pyside.glob("*.py"), *(each for each in shiboken.rglob("*") if each.suffix in (".py", ".so"))]
    packed += [each for each in plots.rglob("*") if each.is_file() and not set(each.parts) & set(LEFT_OUT)]
    found |= {str(file.relative_to(site)): file for file in packed}
    fonts = package("matplotlib") / "mpl-data" / "fonts" / "ttf"
    return found | {f"{FONTS}/{name}": fonts / name for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")}


def main() -> int:
    """Writes the archive and tells its size."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    made = contents()
    with tarfile.open(sys.argv[1], "w:xz", preset=2) as archive:
        for name, file in sorted(made.items()):
            archive.add(file, name, recursive=False)
    raw, packed = sum(file.stat().st_size for file in made.values()), Path(sys.argv[1]).stat().st_size
    print(f"{len(made)} files, {raw / 1e6:.0f} MB, packed {packed / 1e6:.1f} MB in {sys.argv[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
