"""What people read when something goes wrong."""

import ast
import re
import subprocess
import sys
import threading
from pathlib import Path
from string import Formatter
from xml.etree import ElementTree

import PySide6
import pytest
from PySide6.QtCore import Qt, QTranslator
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import texts

from alexnet_app.commands.hints import IN_THE_TERMINAL, told
from alexnet_app.core import errors
from alexnet_app.core.data.sources.remarks import listed
from alexnet_app.core.errors import Lines, Sentence, Text, Told, UserError, Way
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.ui.job import Failure
from alexnet_app.ui.messages import IN_THE_WINDOW, Banner, Uncaught, lines, sentence_of, worded


@pytest.fixture
def banner(qtbot):
    banner = Banner()
    qtbot.addWidget(banner)
    return banner


def button(banner, text):
    return next(each for each in banner.findChildren(QPushButton) if each.text() == text)


def test_that_an_error_of_the_person_is_a_sentence_with_a_way_out():
    error = UserError("the rate must be at most {most}, not {rate}", hint="the paper has {it}", most=1, rate=3, it=0)
    assert sentence_of(error) == "The rate must be at most 1, not 3; the paper has 0."


def test_that_a_fault_of_the_program_is_called_so():
    assert sentence_of(KeyError("spam")) == "Internal error: KeyError: 'spam'"


def test_that_every_way_out_is_worded_for_both_places():
    assert set(IN_THE_WINDOW) == set(IN_THE_TERMINAL) == set(Way)
    for way in Way:
        values = dict.fromkeys(_places(way), "x")
        error = UserError("it is so", hint=way, **values)
        assert "--" not in sentence_of(error), "no option is advised in the window"
        assert "--" not in str(error)
        assert told(error).startswith("it is so; ")
        assert _places(IN_THE_WINDOW[way]) | _places(IN_THE_TERMINAL[way]) <= _places(way)


def test_that_the_core_advises_no_option_and_nobody_looks_into_a_sentence():
    package = Path(errors.__file__).parents[1]
    for path in package.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings among them
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops):
                read = [each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)]
                assert not {"hint", "sentence", "template"} & set(read), f"{path}:{node.lineno}"
            if isinstance(node, ast.Constant) and "core" in path.parts and id(node) not in said:
                option = r"(^|\s)--[a-z][a-z-]*+(?!:)"  # with a colon it is a variable of a style sheet
                assert not re.search(option, str(node.value)), f"{path}:{node.lineno}"


def _places(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_that_an_error_is_shown_with_its_details_behind_a_button(banner, qtbot):
    banner.show()
    banner.show_failure(Failure(ValueError("odd"), "Traceback: line 1"))
    assert banner.text() == "Internal error: ValueError: odd"
    details = banner.findChild(QPlainTextEdit)
    assert not details.isVisible()
    qtbot.mouseClick(button(banner, "Details"), Qt.MouseButton.LeftButton)
    assert details.isVisible()
    assert details.toPlainText() == "Traceback: line 1"


def test_that_an_error_of_the_person_has_no_details(banner):
    banner.show_failure(Failure(UserError("too large"), "Traceback"))
    assert banner.text() == "Too large."
    assert button(banner, "Details").isHidden()


def test_that_a_note_offers_the_next_thing(banner, qtbot):
    done = []
    banner.show_note("It has ended.", "Go on", lambda: done.append(1))
    qtbot.mouseClick(button(banner, "Go on"), Qt.MouseButton.LeftButton)
    assert done == [1]
    assert banner.isHidden()


def test_that_an_error_after_a_note_does_not_offer_it(banner):
    banner.show_note("It has ended.", "Go on", print)
    banner.show_error("It broke.")
    assert button(banner, "Go on").isHidden()


def test_that_close_hides_it(banner, qtbot):
    banner.show_error("It broke.")
    qtbot.mouseClick(button(banner, "Close"), Qt.MouseButton.LeftButton)
    assert banner.text() == ""


def test_that_a_banner_can_be_read_in_both_schemes(banner, scheme):
    banner.show_error("It broke.")
    window, text = (banner.palette().color(role) for role in (banner.backgroundRole(), banner.foregroundRole()))
    assert contrast(window, text) > 4.5


def contrast(first, second):
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.getRgbF()[:3]]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.fixture
def uncaught(monkeypatch):
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    monkeypatch.setattr(threading, "excepthook", lambda *_: None)
    monkeypatch.setattr(sys, "unraisablehook", lambda *_: None)
    hooks = Uncaught()
    hooks.install()
    yield hooks
    hooks.remove()


def test_that_an_error_nobody_caught_on_a_thread_is_told_on_the_windows_thread(uncaught, qtbot):
    told = []
    uncaught.told.connect(lambda sentence, details: told.append((sentence, details, threading.current_thread())))

    def fail():
        raise ValueError("on a thread")

    with qtbot.waitSignal(uncaught.told):
        threading.Thread(target=fail).start()
    (sentence, details, thread) = told[0]
    assert sentence == "Internal error: ValueError: on a thread"
    assert "in fail" in details
    assert thread is threading.main_thread()


def test_that_an_error_nobody_caught_is_told(uncaught, qtbot):
    with qtbot.waitSignal(uncaught.told) as told:
        sys.excepthook(UserError, UserError("the disk is full"), None)
    assert told.args[0] == "The disk is full."


def test_that_an_error_in_a_destructor_is_told(uncaught, qtbot):
    class Broken:
        def __del__(self):
            raise ValueError("while it went")

    with qtbot.waitSignal(uncaught.told) as told:
        Broken()
    assert "while it went" in told.args[0]


def test_that_an_interruption_is_no_error(uncaught, qtbot):
    with qtbot.assertNotEmitted(uncaught.told):
        sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), None)


def test_that_what_is_collected_of_the_core_is_what_the_window_looks_up(tmp_path, qapp, request):
    source, compiled = tmp_path / "core.ts", tmp_path / "core.qm"
    found, _ = texts.collected()
    texts.write(source, found)
    root = ElementTree.parse(source).getroot()
    root.set("language", "de")
    for message in root.iter("message"):
        message.remove(message.find("translation"))
        ElementTree.SubElement(message, "translation").text = f"«{message.findtext('source')}»"
    ElementTree.ElementTree(root).write(source, encoding="utf-8")
    lrelease = next(Path(PySide6.__file__).parent.glob("lrelease*"))
    subprocess.run([lrelease, "-silent", source, "-qm", compiled], check=True, timeout=60)
    translator = QTranslator(qapp)
    assert translator.load(str(compiled))
    request.addfinalizer(lambda: qapp.removeTranslator(translator))
    qapp.installTranslator(translator)
    with pytest.raises(UserError) as raised:
        read_bundle(tmp_path)
    assert sentence_of(raised.value) == (
        f"«{tmp_path} cannot be read as a model: «it is a folder»»; "
        "«choose the .alexnet file of a run, such as last.alexnet»."
    )


@pytest.mark.parametrize(
    ("remark", "wanted"),
    [
        (Sentence("{names} is read as a class", names=listed(["train"])), "train is read as a class"),
        (Sentence("the class {name}", name="ant"), "The class ant"),
        (Sentence("{why}: {what}", why=Text("not images"), what="pdf"), "Not images: pdf"),
    ],
)
def test_that_a_sentence_begins_with_a_capital_and_a_name_stays_as_it_is(remark, wanted):
    assert lines(Lines.of([remark])) == [wanted]
    assert sentence_of(UserError(remark.template, **remark.values)) == f"{wanted}."


def test_that_a_reason_in_an_event_is_worded_with_the_way_out_of_the_window():
    error = UserError("{path} is too large: {pixels:,}", Way.CPU, path="a.png", pixels=1234)
    assert worded(Told.of(error)) == "a.png is too large: 1,234; choose cpu as the device"
    assert worded("from a file") == "from a file"
