"""Answers with their pictures as files: a self-contained web page, and a contact sheet."""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.data.decode import read_picture
from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file

SIDE = 160  # pixels of a picture, on the page and on the sheet
GAP, LINE = 16, 18
COLUMNS, ROWS = 6, 7  # of a page of paper
PAGES_AT_ONCE = 20
MOST_IN_PNG = 2_000  # pictures: a quarter of a gigabyte while it is drawn
Told: TypeAlias = Callable[[int, int], object]  # how many pictures are done, of how many
NOT_SURE, SKIPPED = "not sure", "skipped"
HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.4 system-ui, sans-serif }}
body {{ margin: 2rem auto; max-width: 80rem; padding: 0 1rem }}
section {{ display: flex; flex-wrap: wrap; gap: 1rem }}
figure {{ margin: 0; width: {side}px }}
img {{ max-width: {side}px; max-height: {side}px; display: block }}
figcaption {{ overflow-wrap: anywhere; font-size: 13px }}
</style></head><body><h1>{title}</h1>
"""


def silent(done: int, total: int) -> None:
    """Reports nothing."""


def grouped(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """The rows of ``row_of`` by their first answer, in the order of the classes' names; then those that are not sure,
    then those that were skipped.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(_group(row), []).append(row)
    last = [name for name in (NOT_SURE, SKIPPED) if name in found]
    return {name: found[name] for name in (*sorted(found.keys() - set(last)), *last)}


def write_page(path: Path, rows: Sequence[Mapping[str, Any]], model: str, told: Told = silent) -> None:
    """Writes the answers as one HTML file with small copies of the pictures in it; no scripts, nothing from elsewhere.

    ``told`` hears of each picture; what it raises ends the work, and nothing is written. UserError where it cannot be
    written.
    """
    replace_file(path, lambda temporary: _write_page(temporary, rows, model, told))


def write_sheet(path: Path, rows: Sequence[Mapping[str, Any]], told: Told = silent) -> None:
    """Writes the answers as a contact sheet: one tall PNG, or a PDF with pages where ``path`` ends in ".pdf". ``told``
    as for ``write_page``.

    UserError where it cannot be written, where there is nothing to draw, or too much for one PNG.
    """
    ordered = [row for group in grouped(rows).values() for row in group if "predictions" in row]
    if not ordered:
        raise UserError("there is no answered picture to draw", hint="classify pictures first")
    if path.suffix.lower() == ".pdf":
        replace_file(path, lambda temporary: _write_pages(temporary, _pages(ordered, COLUMNS * ROWS, told)))
        return
    if len(ordered) > MOST_IN_PNG:
        raise UserError(
            "a PNG image has room for {most:,} pictures, not {count:,}",
            hint="write a PDF, which has pages",
            most=MOST_IN_PNG,
            count=len(ordered),
        )
    (sheet,) = _pages(ordered, len(ordered), told)
    replace_file(path, lambda temporary: sheet.save(temporary, "PNG"))


def _write_pages(path: Path, pages: Iterator[Image.Image]) -> None:
    """Writes a few pages at a time, so that not all are in memory."""
    is_more = False
    while some := list(islice(pages, PAGES_AT_ONCE)):
        first, *others = some
        first.save(path, "PDF", save_all=True, append=is_more, append_images=others, resolution=100)
        is_more = True


def _write_page(path: Path, rows: Sequence[Mapping[str, Any]], model: str, told: Told) -> None:
    done = 0
    with path.open("w", encoding="utf-8", errors="replace") as file:
        file.write(HEAD.format(title=escape(f"{len(rows):,} pictures, classified by {model}"), side=SIDE))
        for name, group in grouped(rows).items():
            file.write(f"<h2>{escape(name)} ({len(group):,})</h2>\n<section>\n")
            for row in group:
                file.write(_figure(row))
                done += 1
                told(done, len(rows))
            file.write("</section>\n")
        file.write("</body></html>\n")


def _figure(row: Mapping[str, Any]) -> str:
    name = escape(Path(row["path"]).name)
    lines = [f"<strong>{name}</strong>", *map(escape, _lines(row))]
    small = _small(row["path"]) if "predictions" in row else None
    image = ""
    if small is not None:
        content = BytesIO()
        small.save(content, "JPEG", quality=80)
        image = f'<img alt="{name}" src="data:image/jpeg;base64,{base64.b64encode(content.getvalue()).decode()}">'
    return f"<figure>{image}<figcaption>{'<br>'.join(lines)}</figcaption></figure>\n"


def _lines(row: Mapping[str, Any], most: int = 3) -> list[str]:
    if "predictions" not in row:
        return [row["error"]]
    said = [f"{each['label']} {each['probability']:.1%}" for each in row["predictions"]]
    given = row.get("corrected")
    return [*([f"{given} (corrected)"] if given else []), *said][:most]


def _group(row: Mapping[str, Any]) -> str:
    if "predictions" not in row:
        return SKIPPED
    label: str = row["predictions"][0]["label"]
    return row.get("corrected") or (label if row["sure"] else NOT_SURE)


def _small(path: str) -> Image.Image | None:
    """A copy that fits ``SIDE``; None where the file can no longer be read."""
    try:
        picture = Image.fromarray(read_picture(Path(path), shorter_side=SIDE))
    except (UserError, OSError):
        return None
    picture.thumbnail((SIDE, SIDE))
    return picture


def _pages(rows: Sequence[Mapping[str, Any]], count: int, told: Told) -> Iterator[Image.Image]:
    """Pages of ``count`` pictures with name and answer below each, on white."""
    font = ImageFont.load_default(13)
    cell = SIDE + GAP, SIDE + 2 * LINE + GAP
    for first in range(0, len(rows), count):
        some = rows[first : first + count]
        height = min(-(-len(rows) // COLUMNS), -(-count // COLUMNS))
        page = Image.new("RGB", (COLUMNS * cell[0] + GAP, height * cell[1] + GAP), "white")
        pen = ImageDraw.Draw(page)
        for place, row in enumerate(some):
            left, top = GAP + place % COLUMNS * cell[0], GAP + place // COLUMNS * cell[1]
            small = _small(row["path"])
            if small is not None:
                page.paste(small, (left, top + SIDE - small.height))
            answer = _lines(row, 1)[0] if row["sure"] or row.get("corrected") else NOT_SURE
            for line, text in enumerate((Path(row["path"]).name, answer)):
                pen.text((left, top + SIDE + line * LINE), cut(text, font, SIDE), fill="black", font=font)
            told(first + place + 1, len(rows))
        yield page


def cut(text: str, font: Any, width: int) -> str:
    """The text, cut in the middle where it is wider than ``width`` pixels; what ``font`` cannot draw is a question
    mark.
    """
    plain = text.encode("latin-1", errors="replace").decode("latin-1")
    shown, half = plain, len(plain) // 2
    while half > 2 and font.getlength(shown) > width:
        half -= 1
        shown = f"{plain[:half]}...{plain[-half:]}"
    return shown
