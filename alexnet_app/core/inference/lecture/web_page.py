"""A lecture as one HTML file that needs nothing else: pictures in it, large type, light and dark, keys, paper."""

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TypeAlias

from PIL import Image

from alexnet_app.core.errors import Sentence
from alexnet_app.core.files import replace_file
from alexnet_app.core.inference.lecture.values import (
    BOX,
    HEADS,
    LEFT,
    RIGHT,
    ROWS,
    SHAPE,
    AnswerBars,
    Crossing,
    Exhibit,
    Lecture,
    LecturePicture,
    Page,
)
from alexnet_app.core.network.layers import TOWERS

Words: TypeAlias = Callable[[Sentence], str]  # of a statement: in English, or as the window says it
HIGH = 400  # units of a drawing's height
TYPE = 34  # units: the size of its letters
PERCENT = re.compile(r"(?<=\d) ?%")
# keys of a keyboard and of a presenter's clicker; without the script the page scrolls
SCRIPT = """
const pages = [...document.querySelectorAll("section")];
const steps = {ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1, Backspace: -1};
addEventListener("keydown", event => {
  const step = steps[event.key];
  if (!step || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const middle = innerHeight / 2;
  const now = pages.findIndex(page => page.getBoundingClientRect().bottom > middle);
  const next = Math.min(Math.max(now + (event.key === " " && event.shiftKey ? -1 : step), 0), pages.length - 1);
  pages[next].scrollIntoView();
});
"""
STYLE = """
:root { color-scheme: light dark; --text: #1b1d20; --faint: #5c6167; --paper: #fff; --grid: #dcdfe3; --bar: #2a62c9;
  --a: #0072b2; --b: #d55e00; font: max(16px, min(3.5vh, 2.7vw))/1.35 system-ui, sans-serif }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8eaed; --faint: #a3a9b0; --paper: #17191c; --grid: #3a3e44; --bar: #7ba7f7;
    --a: #38a1dc }
}
html { scroll-snap-type: y proximity }
body { margin: 0; background: var(--paper); color: var(--text) }
section { box-sizing: border-box; min-height: 100vh; padding: 1em 1.4em .6em; display: flex; flex-direction: column;
  scroll-snap-align: start }
h1 { font-size: 1.7em; line-height: 1.15; margin: 0 0 .3em } p { margin: 0 0 .35em; overflow-wrap: anywhere }
.shown { flex: 1; display: flex; flex-wrap: wrap; gap: .8em 1.2em; justify-content: center; align-content: center;
  align-items: start; margin: .4em 0 }
figure { margin: 0; flex: 1 1 0; min-width: 9em; display: flex; flex-direction: column; align-items: center; gap: .2em }
figure img { width: auto; height: min(44vh, 30vw); max-width: 100%; object-fit: contain }
img.small { image-rendering: pixelated } .of4 img { height: min(40vh, 21vw) } .of3 img { height: min(42vh, 28vw) }
.of4 figure { min-width: 6em }
figcaption { font-size: .9em; align-self: stretch; text-align: center; overflow-wrap: anywhere;
  border-top: .12em solid transparent }
.a figcaption { border-color: var(--a) } .b figcaption { border-color: var(--b) }
.rows { width: 100%; font-size: .9em }
.rows div { display: flex; justify-content: space-between; gap: 1em; overflow-wrap: anywhere }
.rows span:last-child { white-space: nowrap }
.rows .bar { display: block; background: var(--grid); height: .5em; border-radius: 2px; margin: .1em 0 .5em }
.bar i { display: block; height: 100%; background: var(--bar); border-radius: 2px }
.a .bar i { background: var(--a) } .b .bar i { background: var(--b) }
svg { width: 100%; max-height: 52vh } svg text { fill: var(--text); font-size: 34px }
svg .box { fill: var(--paper); stroke-width: 4 }
svg .told { paint-order: stroke; stroke: var(--paper); stroke-width: 10px }
svg .a { stroke: var(--a) } svg .b { stroke: var(--b) } svg line { stroke-opacity: .6 }
footer { color: var(--faint); font-size: .9em; overflow-wrap: anywhere }
@media print {
  :root { --text: #000; --faint: #444; --paper: #fff; --grid: #ddd; --bar: #2a62c9; font-size: 15pt }
  section { min-height: 0; page-break-after: always; break-after: page; break-inside: avoid }
  figure img { height: auto; max-height: 11cm; width: 100% } .of4 img { max-height: 6cm } svg { max-height: 10cm }
}
"""


def write_lecture(path: Path, lecture: Lecture, words: Words = str) -> None:
    """Writes ``lecture`` as one HTML file. Nothing in it is from elsewhere, and text from files is text. UserError
    where it cannot be written.
    """
    content = web_page(lecture, words).encode("utf-8", errors="replace")
    replace_file(path, lambda temporary: temporary.write_bytes(content))


def web_page(lecture: Lecture, words: Words = str) -> str:
    """The file's text; ``words`` says each statement."""
    return "\n".join(_parts(lecture, lambda sentence: escape(PERCENT.sub("\N{NO-BREAK SPACE}%", words(sentence)))))


def _parts(lecture: Lecture, words: Words) -> Iterator[str]:
    """The lines of the file. ``words`` gives what may stand in HTML."""
    title = words(lecture.title)
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    allowed = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    yield f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'
    yield f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
    yield f"<style>{STYLE}</style></head><body>"
    count = len(lecture.pages)
    for number, page in enumerate(lecture.pages, start=1):
        yield from _section(page, f"{number} / {count} · {title}", words)
    yield f"<script>{SCRIPT}</script></body></html>\n"


def _section(page: Page, foot: str, words: Words) -> Iterator[str]:
    yield f'<section id="{page.name}"><h1>{words(page.title)}</h1>'
    yield from (f"<p>{words(each)}</p>" for each in page.sentences)
    yield f'<div class="shown of{len(page.exhibits)}">'
    yield from (_figure(each, words) for each in page.exhibits)
    yield f"</div><footer>{foot}</footer></section>"


def _figure(exhibit: Exhibit, words: Words) -> str:
    match exhibit:
        case LecturePicture():
            inner, tower = _image(exhibit, words), exhibit.tower
        case AnswerBars():
            inner, tower = _rows(exhibit, words), exhibit.tower
        case Crossing():
            inner, tower = _drawing(exhibit, words), ""
    kind = f' class="{tower.lower()}"' if tower else ""
    return f"<figure{kind}>{inner}<figcaption>{words(exhibit.caption)}</figcaption></figure>"


def _image(picture: LecturePicture, words: Words) -> str:
    content, form = BytesIO(), "JPEG" if picture.is_photo else "PNG"
    Image.fromarray(picture.pixels).save(content, form, quality=90)
    data = base64.b64encode(content.getvalue()).decode()
    small = "" if picture.is_photo else ' class="small"'
    return f'<img{small} alt="{words(picture.caption)}" src="data:image/{form.lower()};base64,{data}">'


def _rows(bars: AnswerBars, words: Words) -> str:
    rows = (
        f"<div><span>{escape(label)}</span><span>{words(_share(share, 1))}</span></div>"
        f'<div class="bar"><i style="width:{100 * share:.1f}%"></i></div>'
        for label, share in bars.rows
    )
    return f'<div class="rows">{"".join(rows)}</div>'


def _share(share: float, decimals: int = 0) -> Sentence:
    return Sentence("{share:.1%}", share=share) if decimals else Sentence("{share:.0%}", share=share)


def _drawing(crossing: Crossing, words: Words) -> str:
    wide = round(SHAPE * HIGH)
    parts = [f'<svg viewBox="0 0 {wide} {HIGH}" role="img" aria-label="{words(crossing.caption)}">']
    lines = list(crossing.lines())
    for each in lines:
        (x, y), (to_x, to_y) = each.start, each.end
        parts.append(
            f'<line class="{each.tower.lower()}" x1="{x * wide:.0f}" y1="{y * HIGH:.0f}" x2="{to_x * wide:.0f}" '
            f'y2="{to_y * HIGH:.0f}" stroke-width="{each.width * HIGH:.1f}"/>'
        )
    for each in lines:
        parts.append(_text(each.told[0] * wide, each.told[1], words(_share(each.share)), ' class="told"'))
    for left, right, layer in ((0.0, LEFT, crossing.before), (RIGHT, 1.0, crossing.layer)):
        parts.append(_text((left + right) / 2 * wide, HEADS, escape(layer)))
        for tower, row in zip(TOWERS, ROWS, strict=True):
            parts.append(_box(tower, row, left * wide, right * wide))
            parts.append(_text((left + right) / 2 * wide, row, words(Sentence("tower {tower}", tower=tower))))
    return "".join([*parts, "</svg>"])


def _box(tower: str, row: float, left: float, right: float) -> str:
    top, high = (row - BOX / 2) * HIGH, BOX * HIGH
    return (
        f'<rect class="box {tower.lower()}" x="{left + 3:.0f}" y="{top:.0f}" width="{right - left - 6:.0f}" '
        f'height="{high:.0f}"/>'
    )


def _text(middle: float, row: float, text: str, kind: str = "") -> str:
    return f'<text{kind} x="{middle:.0f}" y="{row * HIGH + TYPE / 3:.0f}" text-anchor="middle">{text}</text>'
