"""Text from files is text: nothing in a name is HTML, moves what stands around it, or stretches the window."""

import ast
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtGui import QAction, QHelpEvent, QTextDocument
from PySide6.QtGui import Qt as Text
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLabel, QSizePolicy, QWidget

import alexnet_app.ui
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, RunEnded, StepsDone
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.classify.views.picture_page import PicturePage
from alexnet_app.ui.curves.legend import Legend
from alexnet_app.ui.evaluation.views.evaluation_view import Details, EvaluationView
from alexnet_app.ui.evaluation.views.mistake_strip import Mistaken
from alexnet_app.ui.messages import Banner, sentence_of
from alexnet_app.ui.paper.views.finding_table import FindingTable
from alexnet_app.ui.parts import plain
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.form.fields import FieldKind, FormField
from alexnet_app.ui.parts.form.form_row import FormRow
from alexnet_app.ui.parts.form.path_box import DataBox
from alexnet_app.ui.parts.form.preset_row import PresetRow
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.plain import NAME, SIGN, Box, Label, one_line, set_title, tip, titled, visible
from alexnet_app.ui.parts.questions import Question
from alexnet_app.ui.parts.skipped_table import SkippedTable
from alexnet_app.ui.parts.top5_bars import Top5Bars
from alexnet_app.ui.prepared.views.prepared_dialog import PreparedDialog
from alexnet_app.ui.prepared.views.set_table import SetRow
from alexnet_app.ui.train.views.folder_row import FolderRow
from alexnet_app.ui.train.views.network_dialog import NetworkDialog
from alexnet_app.ui.train.views.run_list import RunList, RunRow

WINDOW = Path(alexnet_app.ui.__file__).parent
LONG = 30_000
PICTURE = '<img src="/dev/zero">'
HOSTILE = (
    PICTURE,
    "<b>x</b>",
    "&amp; &x",
    "&lt;b&gt;",
    "long" * 2_500,
    "photo\u202egpj.exe",
    "a\nb\tc\0d\x1b[31m",
    "zero\u200bwidth\u2066\ufeff",
    "half \udcff",
    "</qt><h1>y",
)
ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)


def is_plain(text: str) -> bool:
    """Whether Qt takes ``text`` for what it is: not for HTML, or for HTML in which a name is escaped."""
    if not Text.mightBeRichText(text):
        return True
    document = QTextDocument()
    document.setHtml(text)
    kept = document.toPlainText()
    return "\N{OBJECT REPLACEMENT CHARACTER}" not in kept and not re.search("<(img|b>x|h1)", text)


def is_calm(text: str) -> bool:
    """Whether ``text`` has nothing that is not seen, and is not endless."""
    return visible(text) == text and len(text) <= plain.TEXT


def wrong(root: QWidget) -> list[str]:
    """What on the screen is not shown as text: each with what it says."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        said = {"tip": widget.toolTip(), "status": widget.statusTip(), "what": widget.whatsThis()}
        found += [f"{kind} of {widget!r}: {text!r}" for kind, text in said.items() if not is_plain(text)]
        found += [f"tip of {widget!r}"] if not is_calm(re.sub("<br>\n?", "", widget.toolTip())) else []
        if isinstance(widget, QLabel):
            is_text = widget.textFormat() == Qt.TextFormat.PlainText or not widget.text()
            found += [] if is_text and is_calm(widget.text()) else [f"{widget!r}: {widget.text()!r}"]
        if isinstance(widget, QAbstractItemView | QComboBox) and widget.model() is not None:
            found += wrong_items(widget)
    found += [f"action {each.text()!r}" for each in root.findChildren(QAction) if not is_plain(each.toolTip())]
    return found


def wrong_items(view: QAbstractItemView | QComboBox) -> list[str]:
    """Likewise of the rows of ``view``: delegates draw texts as text, tooltips are guessed."""
    model, found = view.model(), []
    for row in range(model.rowCount()):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount()):
            shown, told = (model.index(row, column).data(role) for role in ROLES)
            found += [] if not isinstance(shown, str) or is_calm(shown) else [f"item of {view!r}: {shown!r}"]
            found += [] if is_plain(told or "") else [f"tip of an item of {view!r}: {told!r}"]
    return found


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_that_no_tooltip_says_more_than_its_text(name):
    assert is_plain(tip(name))
    assert is_plain(tip(f"a line\n{name}"))
    assert is_plain(titled(name, [name, ""]))
    assert tip(titled(name, [])) == titled(name, [])
    assert is_calm(one_line(name))
    assert len(one_line(name)) <= NAME
    assert "\n" not in one_line(name)
    document = QTextDocument()
    document.setHtml(tip(name)) if Text.mightBeRichText(tip(name)) else document.setPlainText(tip(name))
    assert document.toPlainText() == plain.cut(visible(name), plain.TIP_LINE)


def test_that_names_of_people_stay_as_they_are():
    for name in ("قطة می\u200cخواهم", "👩\u200d👧.png", "naïve é", "日本", "a\u00a0b", "שלום"):
        assert one_line(name) == name
    assert one_line("c\u200dat") == f"c{SIGN}at"


def test_that_a_title_is_the_name(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    set_title(widget, "[*] a\nb")
    assert widget.windowTitle() == f"[*][*] a{SIGN}b"  # as Qt writes a sign that means nothing


def test_that_a_label_never_stretches_what_it_is_in(qtbot):
    for text in (HOSTILE[4], "a b " * 3_000):
        label = Label(text, wordWrap=True)
        qtbot.addWidget(label)
        assert label.minimumSizeHint().width() <= plain.WIDEST
        label = Label(text)
        qtbot.addWidget(label)
        assert label.minimumSizeHint().width() <= plain.WIDEST


def test_that_a_box_takes_nothing_for_html(qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    box = Box(owner)
    for text in HOSTILE:
        box.setText(text)
        box.setInformativeText(text)
        assert not wrong(box)
        assert {label.textFormat() for label in box.findChildren(QLabel) if label.text()} == {Qt.TextFormat.PlainText}
    question = Question(owner)
    question.word(PICTURE, PICTURE, PICTURE, "Yes", "No")
    assert not wrong(question)


def test_that_an_error_stays_on_its_line():
    error = UserError("{path} cannot be read: {why}", path=Path("a\nThe disk is fine."), why=HOSTILE[5])
    assert sentence_of(error) == f"a{SIGN}The disk is fine. cannot be read: photo{SIGN}gpj.exe."


def _banner():
    banner = Banner()
    banner.show_error(" ".join(HOSTILE), "\n".join(HOSTILE))
    return banner


def _bars():
    bars = Top5Bars()
    bars.show_answers([(name, 0.2) for name in HOSTILE[:5]])
    return bars


def _page():
    page = PicturePage()
    page.expect(HOSTILE[6], HOSTILE[6])
    page.show_reason(PICTURE)
    return page


def _evaluation():
    view = EvaluationView()
    mistakes = [Mistaken(name, name, "97 %", name) for name in HOSTILE]
    view.show_details(Details([(name, 3, 1) for name in HOSTILE], np.ones((10, 10), np.int64), mistakes))
    view.confusion.pointed.emit(0, 1)
    return view


def _legend():
    legend = Legend("title", "t")
    for name in HOSTILE:
        legend.add("solid", "text", name).set_name(name)
    return legend


def _elided():
    label = ElidedLabel()
    label.show_text(HOSTILE[4], PICTURE)
    return label


def _data():
    box = DataBox()
    box.set_choices(tuple((name, name) for name in HOSTILE))
    box.write("/a/<b>x</b>")
    return box


def _row():
    row = FormRow(FormField("data", PICTURE, FieldKind.DATA, PICTURE, choices=((PICTURE, PICTURE),)))
    row.set_changed(PICTURE, PICTURE)
    row.set_error(PICTURE)
    row.set_reason(PICTURE)
    return row


def _preset():
    row = PresetRow()
    row.set_presets([(name, name) for name in HOSTILE])
    row.show_preset(PICTURE)
    row.set_changes(2)
    return row


def _chooser():
    chooser = ModelChooser()
    chooser.set_models([(name, name) for name in HOSTILE])
    chooser.choose(HOSTILE[4])
    chooser.choose(PICTURE)
    return chooser


def _skipped():
    table = SkippedTable()
    table.skipped.set_rows([(name, name) for name in HOSTILE])
    return table


def _findings():
    table = FindingTable()
    table.set_rows([(name, "1", "2", name) for name in HOSTILE])
    return table


def _sets():
    dialog = PreparedDialog()
    rows = [SetRow(name, (name,) * 5 + ("1",) * 4, name, "", "", name, name, 1) for name in HOSTILE]
    dialog.show_sets(rows, PICTURE)
    dialog.show_progress(PICTURE, 0.5, PICTURE, PICTURE)
    dialog.set_reasons(PICTURE, PICTURE)
    dialog.show_left_out(HOSTILE[0], [(name, name) for name in HOSTILE])
    return dialog


def _folder():
    row = FolderRow(PICTURE, Path(PICTURE))
    row.explain(PICTURE)
    return row


def _network():
    dialog = NetworkDialog()
    layers, differences = [(name,) * 9 for name in HOSTILE], [(name,) * 4 for name in HOSTILE]
    dialog.show_network(PICTURE, PICTURE, layers, layers[0], differences, PICTURE)
    return dialog


def _runs():
    runs = RunList()
    runs.set_runs([RunRow(name, name, name, True, False) for name in HOSTILE])
    runs.choose(PICTURE)
    return runs


MADE = (
    _banner,
    _bars,
    _page,
    _evaluation,
    _legend,
    _elided,
    _data,
    _row,
    _preset,
    _chooser,
    _skipped,
    _findings,
    _sets,
    _folder,
    _network,
    _runs,
)


@pytest.mark.parametrize("make", MADE)
def test_that_every_view_shows_hostile_names_as_text(qtbot, make):
    view = make()
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.grab()  # laid out and drawn
    assert not wrong(view)
    heeded = view.sizePolicy().horizontalPolicy() != QSizePolicy.Policy.Ignored
    assert not heeded or view.minimumSizeHint().width() < 1_000
    view.hide()


def test_that_what_a_pointer_is_told_is_text(qtbot, monkeypatch):
    told = []
    monkeypatch.setattr(plain.QToolTip, "showText", lambda at, text, *_: told.append(text))
    bars = _bars()
    qtbot.addWidget(bars)
    bars.event(QHelpEvent(QHelpEvent.Type.ToolTip, bars.rect().topLeft(), bars.rect().topLeft()))
    assert told
    assert is_plain(told[0])
    assert "img" in told[0]


def _window_folder(folder: Path) -> Path:
    """A folder whose path is itself a tag."""
    inside = folder / '<img src="' / "dev" / 'zero">'
    inside.mkdir(parents=True)
    return inside


def _fill(window, qtbot, folder: Path):
    """Gives the panels a model, a run and pictures whose names and classes are hostile."""
    network = AlexNet(variant("shapes-towers", classes=10))
    network.initialize(torch.Generator().manual_seed(1))
    summary = {"data": PICTURE, "epoch": 3}
    bundle = Bundle(network.spec, HOSTILE, torch.zeros(3, 1, 1), plain_weights(network), summary)
    model = folder / "<b>x &x.alexnet"
    write_bundle(model, bundle)
    run = Run.create(
        window.tabs.train.setup.runs.folder() / "<b>x\n &amp; &x", 'network = "shapes-towers"\ndata = "shapes"\n'
    )
    with holding(run) as log:
        log.append(StepsDone(0, (3.0, 2.0), 0.01, 12.0))
        log.append(EpochDone(1, 2, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0))
        log.append(RunEnded("stopped", 2, 1))
    pictures = folder / "pictures"
    pictures.mkdir()
    Image.new("RGB", (64, 64)).save(pictures / "<img src=x>\u202egpj.png")
    (pictures / "<b>x\n.png").write_bytes(b"no picture")
    window.open_paths([str(model), str(pictures), str(run.folder)])
    qtbot.waitUntil(lambda: len(window.tabs.classify.answering.album.known()) == 2, timeout=LONG)
    qtbot.waitUntil(lambda: not window.tabs.train.control.is_on(), timeout=LONG)
    window.tabs.classify.bar.show_skipped()
    window.tabs.train.past.look_again()
    qtbot.waitUntil(lambda: bool(window.tabs.train.past.list.rows()), timeout=LONG)
    window.tabs.train.past.list.choose(str(run.folder))


def test_that_the_whole_window_shows_hostile_names_as_text(window, qtbot, tmp_path):
    _fill(window, qtbot, _window_folder(tmp_path))
    for place in range(window.tabs.count()):
        window.tabs.setCurrentIndex(place)
        qtbot.wait(1)
        assert not wrong(window)
    assert window.minimumSizeHint().width() <= 1_024
    assert "x" in window.tabs.classify.top.chooser._box.currentText()


METHODS = {
    "setToolTip",
    "setStatusTip",
    "setWhatsThis",
    "setWindowTitle",
    "setHtml",
    "insertHtml",
    "appendHtml",
    "setDetailedText",
    "setInformativeText",
    "setTextFormat",
    "showText",
    "addLegend",
    "setLabel",
    "setLabels",
}
NAMES = {
    "QLabel",
    "QMessageBox",
    "QErrorMessage",
    "QToolTip",
    "QWhatsThis",
    "QTextBrowser",
    "QTextEdit",
    "QTextDocument",
    "QStaticText",
    "QProgressDialog",
    "LabelItem",
    "LegendItem",
    "RichText",
    "AutoText",
    "escape",
}
ALLOWED = {
    ("parts/questions.py", "setInformativeText"),  # of a Box, which takes it as text
    ("help/manual.py", "QTextBrowser"),  # the program's own pages, without HTML
    ("help/manual.py", "QTextDocument"),
    ("parts/numbers.py", "escape"),  # of a pattern
}


def test_that_text_reaches_the_screen_through_one_helper():
    found = set()
    for path in WINDOW.rglob("*.py"):
        if path == Path(plain.__file__):
            continue
        place = path.relative_to(WINDOW).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
                found.add((place, node.func.attr))
            name = getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "name", None)
            if name in NAMES:
                found.add((place, name))
    assert found == ALLOWED


def test_that_what_models_say_of_their_rows_goes_through_the_helper():
    """A tooltip of a row, which no method sets, is given by ``tip``."""
    for path in WINDOW.rglob("*.py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        for place, line in enumerate(lines):
            if "ToolTipRole" in line and "not in" not in line and path != Path(plain.__file__):
                assert "tip(" in "".join(lines[place : place + 2]), f"{path}:{place + 1}"


def test_that_a_percentage_stays_on_one_line_and_reads_as_it_was_given(qtbot):
    label = plain.Label("would be 37 %; 5 %o", wordWrap=True)
    qtbot.addWidget(label)
    assert label.text() == "would be 37 %; 5 %o"
    assert QLabel.text(label) == "would be 37\N{NO-BREAK SPACE}%; 5\N{NO-BREAK SPACE}%o"
