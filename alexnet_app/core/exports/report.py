"""A report of a run as one HTML file that needs nothing else: light and dark, on a screen and on paper."""

import base64
from collections.abc import Iterator, Sequence
from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image

from alexnet_app.core.exports.report_curves import ReportCurve, plot
from alexnet_app.core.exports.report_facts import ReportSheet, RunFacts, SettingRow, facts_of, measured_names
from alexnet_app.core.files import replace_file
from alexnet_app.core.inference.evaluation import Evaluation
from alexnet_app.core.inference.interval import wilson
from alexnet_app.core.measures import CUT, SILENT
from alexnet_app.core.runs.listing import Standing
from alexnet_app.core.runs.points import (
    LEARNING_RATE,
    SPEED,
    TOP5_ERROR,
    TRAIN_ERROR,
    TRAIN_LOSS,
    VALIDATION_ERROR,
    VALIDATION_LOSS,
)
from alexnet_app.core.runs.run import Run

ZOOM = 4  # pixels of a weight
MOST_CONFUSED = 8  # kinds of mistake that are told
MOST_RATES = 50
KINDS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
FAMILIES = {
    CUT: ("Taken away by response normalization (median)", True),
    SILENT: ("Units that fire on no validation image", True),
}  # what series of these names are called, and whether they are fractions
NBSP = "\N{NO-BREAK SPACE}"
STYLE = """
:root { color-scheme: light dark; --text: #1b1d20; --faint: #5c6167; --paper: #fff; --grid: #dcdfe3; --card: #f4f5f7;
  --one: #2a62c9; --two: #00795a; --three: #8a5a9e; --four: #b35c00; --five: #b3261e; --six: #51708a; --seven: #7a6a00;
  --eight: #444; --a: #0072b2; --b: #d55e00; font: 15px/1.45 system-ui, sans-serif }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8eaed; --faint: #a3a9b0; --paper: #17191c; --grid: #3a3e44; --card: #22252a; --one: #7ba7f7;
    --two: #3fc49a; --three: #c79bd8; --four: #f0a050; --five: #ff8f86; --six: #9ab8d0; --seven: #d2c052;
    --eight: #bbb }
}
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--text) }
h1 { font-size: 1.8rem; line-height: 1.2; margin: 0 0 .25rem; overflow-wrap: anywhere }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid var(--grid); padding-bottom: .25rem }
p { margin: .3rem 0; overflow-wrap: anywhere } .faint { color: var(--faint) }
.note { white-space: pre-wrap; border-left: 3px solid var(--grid); padding-left: .8rem; margin: .8rem 0 }
.tags span { display: inline-block; background: var(--card); border: 1px solid var(--grid); border-radius: 1rem;
  padding: 0 .6rem; margin: .2rem .3rem 0 0; font-size: .9rem }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .7rem; margin-top: 1.2rem }
.cards div { background: var(--card); border-radius: 6px; padding: .6rem .8rem }
.cards b { display: block; font-size: 1.35rem; font-weight: 600 } .cards span { color: var(--faint); font-size: .9rem }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1rem 1.4rem }
figure { margin: 0; min-width: 0 } figcaption { font-size: .95rem; margin-bottom: .2rem }
.legend { color: var(--faint); font-size: .85rem } .legend span { white-space: nowrap; margin-left: .9rem }
.legend i { display: inline-block; width: 1.1rem; border-top: 2px solid currentColor; vertical-align: middle;
  margin-right: .35rem }
svg { width: 100%; height: auto; display: block } svg text { fill: var(--faint); font-size: 13px }
.grid { stroke: var(--grid); fill: none } .line { stroke: currentColor; fill: none; stroke-width: 1.6;
  stroke-linejoin: round } .band { fill: currentColor; opacity: .18; stroke: none } circle { fill: currentColor }
.one { color: var(--one) } .two { color: var(--two) } .three { color: var(--three) } .four { color: var(--four) }
.five { color: var(--five) } .six { color: var(--six) } .seven { color: var(--seven) } .eight { color: var(--eight) }
.kernels { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem }
.kernels img { width: 100%; max-width: 28rem; image-rendering: pixelated; display: block; padding-top: 3px;
  border-top: 3px solid var(--grid) }
.kernels .a img { border-color: var(--a) } .kernels .b img { border-color: var(--b) }
table { border-collapse: collapse; min-width: 50%; font-size: .95rem } .wide { overflow-x: auto }
th, td { text-align: left; padding: .25rem .8rem .25rem 0; border-bottom: 1px solid var(--grid); vertical-align: top;
  overflow-wrap: anywhere } th { color: var(--faint); font-weight: 500 }
td.number, th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
summary { cursor: pointer; margin: .8rem 0 .3rem; color: var(--faint) }
@media print {
  :root { --text: #000; --faint: #444; --paper: #fff; --grid: #ccc; --card: #f4f4f4; --one: #2a62c9; --two: #00795a;
    --three: #8a5a9e; --four: #b35c00; --five: #b3261e; --six: #51708a; --seven: #7a6a00; --eight: #444;
    font-size: 10pt }
  body { max-width: none; padding: 0 } h2 { break-after: avoid } figure, tr, .cards { break-inside: avoid }
  .cards div { border: 1px solid var(--grid) } .plots { grid-template-columns: 1fr 1fr }
  summary { list-style: none } .kernels { grid-template-columns: 1fr 1fr }
}
"""


def write_report(run: Run, path: Path) -> None:
    """Writes the report of ``run`` as one HTML file: no scripts, nothing from elsewhere, and text from files is text.
    UserError where the run cannot be read or the file cannot be written.
    """
    content = page(facts_of(run)).encode("utf-8", errors="replace")
    replace_file(path, lambda temporary: temporary.write_bytes(content))


def page(facts: RunFacts) -> str:
    """The file's text."""
    return "\n".join(_parts(facts))


def _parts(facts: RunFacts) -> Iterator[str]:
    title = escape(facts.summary.name)
    allowed = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    yield '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{allowed}">'
    yield f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
    yield f"<style>{STYLE}</style></head><body>"
    yield from _head(facts)
    yield from _curves(facts)
    yield from _filters(facts.kernels)
    yield from _evaluation(facts)
    yield from _settings(facts)
    yield from _rates(facts)
    yield "<h2>Versions</h2>"
    yield _table(("", ""), [(name, value) for name, value in facts.versions], head=False)
    yield "</body></html>\n"


def _head(facts: RunFacts) -> Iterator[str]:
    summary, started = facts.summary, facts.started
    yield f"<h1>{escape(summary.name)}</h1>"
    state = {Standing.BROKEN_OFF: "interrupted", Standing.TRAINING: "in progress"}.get(
        summary.state, str(summary.state)
    )
    network = facts.config.title
    yield f'<p class="faint">{escape(network)} on {escape(facts.config.data)} · {escape(state)}</p>'
    if summary.label.tags:
        yield f'<p class="tags">{"".join(f"<span>{escape(each)}</span>" for each in summary.label.tags)}</p>'
    if summary.label.note:
        yield f'<p class="note">{escape(summary.label.note)}</p>'
    cards = [
        ("best validation error", "" if summary.best_error is None else _percent(summary.best_error)),
        ("test error", "" if facts.tested is None else _percent(facts.tested.top1_error)),
        (f"of {summary.epochs:,} epochs", f"{summary.epoch:,}" if summary.epochs else ""),
        ("in steps", _duration(summary.seconds) if summary.seconds else ""),
        ("parameters", f"{started.parameters:,}" if started else ""),
        ("training images", f"{started.train_pictures:,}" if started else ""),
    ]
    shown = "".join(f"<div><b>{escape(value)}</b><span>{escape(name)}</span></div>" for name, value in cards if value)
    yield f'<div class="cards">{shown}</div>' if shown else ""


def _curves(facts: RunFacts) -> Iterator[str]:
    series = facts.series

    def of(name: str, text: str, kind: str) -> ReportCurve:
        return ReportCurve(text, kind, series.get(name, ()))

    plots = [
        plot("Loss (nats)", [of(TRAIN_LOSS, "training", "one"), of(VALIDATION_LOSS, "validation", "two")]),
        plot(
            "Error",
            [
                of(TRAIN_ERROR, "training", "one"),
                of(VALIDATION_ERROR, "validation", "two"),
                of(TOP5_ERROR, "validation, top-5", "three"),
            ],
            percent=True,
        ),
        plot("Learning rate", [of(LEARNING_RATE, "learning rate", "one")], logarithmic=True),
        plot("Speed (images/s)", [of(SPEED, "images per second", "one")]),
    ]
    families: dict[str, list[str]] = {}
    for name in measured_names(facts):
        if not name.startswith("chance"):  # two numbers, no curves
            families.setdefault(name.partition("/")[0], []).append(name)
    for family, names in families.items():
        kinds = [KINDS[place % len(KINDS)] for place in range(len(names))]
        curves = [of(name, name.partition("/")[2] or name, kind) for name, kind in zip(names, kinds, strict=True)]
        title, percent = FAMILIES.get(family, (family, False))
        plots.append(plot(title, curves, percent=percent))
    shown = [each for each in plots if each]
    if shown:
        yield f'<h2>Curves</h2><div class="plots">{"".join(shown)}</div>'


def _filters(kernels: Sequence[ReportSheet]) -> Iterator[str]:
    if not kernels:
        return
    yield '<h2>Kernels of the first layer</h2><div class="kernels">'
    for each in kernels:
        tower = f"Tower {each.tower}, " if each.tower else ""
        when = f"{tower}after {each.epoch:.3g} epochs" if each.epoch else f"{tower}at the start"
        content = BytesIO()
        Image.fromarray(each.pixels.repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)).save(content, "PNG")
        data = base64.b64encode(content.getvalue()).decode()
        image = f'<img alt="{when}" src="data:image/png;base64,{data}">'
        yield f'<figure class="{each.tower.lower()}"><figcaption>{when}</figcaption>{image}</figure>'
    yield '</div><p class="faint">Each kernel by its own largest weight; grey is zero.</p>'


def _evaluation(facts: RunFacts) -> Iterator[str]:
    rows = [_evaluated(each) for each in facts.evaluations]
    tested = facts.tested
    if tested is not None:
        error = f"{_percent(tested.top1_error)}{_interval(tested.top1_error, tested.pictures)}"
        row = (f"{tested.split}, at the end of training", "1", f"{tested.pictures:,}", error)
        rows.insert(0, (*row, _percent(tested.top5_error), f"{tested.loss:.3f}"))
    if not rows:
        return
    yield "<h2>Evaluation</h2>"
    header = ("split", "views", "images", "top-1 error (95" + NBSP + "% interval)", "top-5 error", "loss")
    yield _table(header, rows, numbers=(1, 2, 3, 4, 5))
    for each in facts.evaluations:
        confused = each.worst_confusions(MOST_CONFUSED)
        if confused:
            names = each.classes
            found = [(names[true], names[answered], f"{often:,}") for true, answered, often in confused]
            yield f"<details><summary>Most frequent mistakes on {escape(each.split)}, {each.views} views</summary>"
            yield _table(("true class", "answer", "images"), found, numbers=(2,)) + "</details>"


def _evaluated(each: Evaluation) -> tuple[str, ...]:
    error = f"{_percent(each.top1_error)}{_interval(each.top1_error, each.pictures)}"
    split = f"{each.split} (trained on)" if each.trained_on else each.split
    return split, f"{each.views}", f"{each.pictures:,}", error, _percent(each.top5_error), f"{each.loss:.3f}"


def _interval(error: float, count: int) -> str:
    if count < 1 or not 0 <= error <= 1:
        return ""
    low, high = wilson(round(error * count), count)
    return f" ({_percent(low)} to {_percent(high)})"


def _settings(facts: RunFacts) -> Iterator[str]:
    yield "<h2>Settings</h2>"
    base = f"the preset {facts.preset}" if facts.preset else "the program's defaults"
    differ = [each for each in facts.settings if each.differs]
    same = [each for each in facts.settings if not each.differs]
    if differ:
        yield f"<p>{len(differ)} of {len(facts.settings)} settings differ from {escape(base)}.</p>"
        usual = "preset" if facts.preset else "default"
        yield _table(("setting", "value", usual), [(each.key, each.value, each.usual) for each in differ])
    else:
        yield f"<p>All settings are those of {escape(base)}.</p>"
    yield f"<details><summary>The other {len(same)} settings</summary>{_plain(same)}</details>"


def _plain(rows: Sequence[SettingRow]) -> str:
    return _table(("setting", "value"), [(each.key, each.value) for each in rows])


def _rates(facts: RunFacts) -> Iterator[str]:
    if facts.rates:
        yield "<h2>Changes of the learning rate</h2>"
        rows = [(f"{each.step:,}", f"{each.rate:g}", str(each.reason)) for each in facts.rates[:MOST_RATES]]
        yield _table(("step", "learning rate", "why"), rows, numbers=(0, 1))


def _table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, numbers: Sequence[int] = (), head: bool = True
) -> str:
    def cells(tag: str, row: Sequence[str]) -> str:
        kinds = [' class="number"' if place in numbers else "" for place in range(len(row))]
        return "".join(f"<{tag}{kind}>{escape(cell)}</{tag}>" for cell, kind in zip(row, kinds, strict=True))

    top = f"<thead><tr>{cells('th', header)}</tr></thead>" if head else ""
    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f'<div class="wide"><table>{top}<tbody>{body}</tbody></table></div>'


def _percent(share: float) -> str:
    return f"{100 * share:.2f}{NBSP}%"


def _duration(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f}{NBSP}{name}"
    return f"{seconds:.0f}{NBSP}s"
