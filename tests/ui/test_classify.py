"""The Classify panel: pictures in by every way there is, answers out, and nothing lost on the way."""

import csv
import random
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFileDialog, QPushButton, QToolButton

from alexnet_app import resources
from alexnet_app.core.data.sources.shapes import generate
from alexnet_app.core.device import compute_on_one_thread
from alexnet_app.core.events import Answered, Prediction, Skipped
from alexnet_app.core.inference import classifier as classifiers
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.steering import Leave, Stop
from alexnet_app.ui.classify import control
from alexnet_app.ui.classify import decoding as classify_decoding
from alexnet_app.ui.classify import jobs as classify_jobs
from alexnet_app.ui.classify.album import Album
from alexnet_app.ui.classify.decoding import WantedPicture
from alexnet_app.ui.classify.export_jobs import ExportKind
from alexnet_app.ui.classify.panel import ClassifyPanel
from alexnet_app.ui.classify.paste import PastedPictures
from alexnet_app.ui.classify.scopes import Scope
from alexnet_app.ui.models.opened import Models
from alexnet_app.ui.parts.numbers import percent
from alexnet_app.ui.settings import Settings

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
SPOKEN = Qt.ItemDataRole.AccessibleTextRole
LEFT = Qt.MouseButton.LeftButton


def write_model(path, seed=1, sharpness=36.0, summary=None):
    """A model whose answers differ from picture to picture; the sharper, the surer it is."""
    network = AlexNet(variant("shapes-towers", classes=len(NAMES)))
    network.initialize(torch.Generator().manual_seed(seed))
    weights = plain_weights(network)
    weights["fc8.weight"] *= sharpness
    mean = torch.tensor([100.0, 110.0, 90.0]).reshape(3, 1, 1)
    write_bundle(path, Bundle(network.spec, NAMES, mean, weights, summary or {}))
    return str(path)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """Two models that disagree, and one that is sure of nothing."""
    folder = tmp_path_factory.mktemp("models")
    summary = {"data": "CIFAR-10", "epoch": 60, "validation_error": 0.1718}
    return {
        "first": write_model(folder / "first.alexnet", summary=summary),
        "second": write_model(folder / "second.alexnet", seed=5),
        "flat": write_model(folder / "flat.alexnet", sharpness=0.1),
    }


@pytest.fixture(scope="session")
def pictures(tmp_path_factory):
    """Forty pictures, as PNG files."""
    folder = tmp_path_factory.mktemp("pictures")
    for number, picture in enumerate(generate(0, "test", 0, 40).pictures):
        Image.fromarray(picture).save(folder / f"{number:02}.png")
    return sorted(str(path) for path in folder.iterdir())


@pytest.fixture
def empty(qtbot, jobs):
    """The panel on the screen, without a model."""
    panel = ClassifyPanel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.resize(1024, 600)
    panel.show()
    return panel


@pytest.fixture
def panel(empty, models, jobs, qtbot):
    """With a model."""
    empty.set_models([("First", models["first"]), ("Second", models["second"])])
    qtbot.waitUntil(lambda: not jobs.running(), timeout=20_000)
    return empty


@pytest.fixture
def rest(qtbot, jobs):
    """Waits until nothing runs any more."""
    return lambda: qtbot.waitUntil(lambda: not jobs.running(), timeout=20_000)


def listed(panel):
    model = panel.list.pictures
    return {model.path_at(model.index(row)): model.index(row).data(SPOKEN) for row in range(model.rowCount())}


def skipped(panel):
    model = panel.skipped.skipped
    return dict(model.row(row) for row in range(model.rowCount()))


def expected(model, paths, **how):
    """What the rows are to say."""
    rows = {}
    for event in Classifier(read_bundle(Path(model)), **how).classify(paths):
        best = event.predictions[0]
        rows[event.path] = f"{Path(event.path).name}, {best.label}, {percent(best.probability)}"
    return rows


def sure(rows):
    return {path: row for path, row in rows.items() if not row.endswith("not sure")}


def button(panel, text):
    return next(each for kind in (QPushButton, QToolButton) for each in panel.findChildren(kind) if each.text() == text)


def test_that_pictures_get_the_answers_of_the_model(panel, pictures, models, rest):
    panel.classify(pictures)
    rest()
    found = listed(panel)
    assert list(found) == pictures
    assert len(sure(found)) > 20
    assert sure(found).items() <= expected(models["first"], pictures).items()
    assert panel.bar.text() == "40 pictures"
    assert panel.banner.text() == ""


def test_that_the_first_of_what_was_dropped_is_shown_with_its_five_classes(panel, pictures, models, rest):
    panel.classify(pictures[3:5])
    rest()
    (event,) = Classifier(read_bundle(Path(models["first"]))).classify([pictures[3]])
    lines = [f"{each.label} {percent(each.probability, 1)}" for each in event.predictions]
    assert panel.page.bars.text().splitlines() == lines
    assert panel.page.name.text() == "03.png · 64 × 64 pixels"
    assert not panel.page.view.is_empty()
    panel.classify(pictures[7:8])
    rest()
    assert panel.page.name.text() == "07.png · 64 × 64 pixels"


def test_that_a_folder_is_answered_with_all_that_lies_in_it(panel, pictures, tmp_path, rest):
    (tmp_path / "in").mkdir()
    for number, path in enumerate(pictures[:3]):
        (tmp_path / "in" / f"{number}.png").write_bytes(Path(path).read_bytes())
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "zero.jpg").touch()
    panel.classify([str(tmp_path)])
    rest()
    assert list(listed(panel)) == [str(tmp_path / "in" / f"{number}.png") for number in range(3)]
    assert panel.bar.text() == "3 pictures · 2 skipped"
    reasons = skipped(panel)
    assert "not a picture" in reasons[str(tmp_path / "notes.txt")]
    assert reasons[str(tmp_path / "zero.jpg")] == "is empty: it has 0 bytes"
    assert panel.banner.text() == "2 of 5 files could not be read."


def test_that_what_was_skipped_beside_answers_is_noticed_until_it_is_looked_at(panel, pictures, tmp_path, rest):
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text("no picture")
    panel.classify([*pictures[:2], str(tmp_path / "0.txt")])
    rest()
    assert panel.banner.text() == "1 of 3 files could not be read."
    QTest.mouseClick(button(panel.banner, "Show all"), LEFT)
    assert panel.skipped.isVisible()
    assert panel.banner.text() == ""
    panel.classify([pictures[2], str(tmp_path / "1.txt")])
    rest()
    assert panel.banner.text() == "", "the person looks at the list already"
    QTest.mouseClick(button(panel, "2 skipped"), LEFT)
    panel.classify([pictures[3], str(tmp_path / "2.txt")])
    rest()
    assert panel.banner.text() == "1 of 2 files could not be read."
    QTest.mouseClick(button(panel, "3 skipped"), LEFT)
    assert panel.banner.text() == ""


def test_that_the_reasons_are_one_click_away(panel, pictures, tmp_path, rest):
    (tmp_path / "notes.txt").write_text("no picture")
    panel.classify([pictures[0], str(tmp_path / "notes.txt")])
    rest()
    assert not panel.skipped.isVisible()
    QTest.mouseClick(button(panel, "1 skipped"), LEFT)
    assert panel.skipped.isVisible()
    QTest.mouseClick(button(panel, "1 skipped"), LEFT)
    assert not panel.skipped.isVisible()


def test_that_one_file_that_is_no_picture_is_a_sentence(panel, tmp_path, rest):
    path = tmp_path / "notes.txt"
    path.write_text("no picture")
    panel.classify([str(path)])
    rest()
    assert panel.banner.text().startswith(
        f"{path} is a text file, not a picture that can be read; supported formats are JPEG"
    )
    assert panel.area.isVisible()


def test_that_many_files_without_a_picture_are_one_sentence_and_all_in_the_table(panel, tmp_path, rest):
    for number in range(1500):
        (tmp_path / f"{number:04}.txt").touch()
    panel.classify([str(tmp_path)])
    rest()
    assert "None of the 1,500 files could be classified" in panel.banner.text()
    assert panel.bar.text() == "0 pictures · 1,500 skipped"
    assert listed(panel) == {}
    QTest.mouseClick(button(panel, "Show all"), LEFT)
    assert panel.skipped.isVisible()
    assert len(skipped(panel)) == 1500


@pytest.mark.parametrize("given", ["ftp://example.org/cat.png", "missing.png", "folder"])
def test_that_nothing_that_was_given_is_lost(panel, tmp_path, rest, given):
    (tmp_path / "folder").mkdir()
    path = given if "://" in given else str(tmp_path / given)
    panel.classify([path])
    rest()
    assert path in panel.banner.text()
    assert path in skipped(panel)


def test_that_another_model_answers_all_again(panel, pictures, models, rest):
    panel.classify(pictures[:12])
    rest()
    panel.choose_model(models["second"])
    assert set(listed(panel).values()) == {f"{Path(path).name}, waiting" for path in pictures[:12]}
    rest()
    found = sure(listed(panel))
    assert len(found) > 5
    assert found.items() <= expected(models["second"], pictures).items()
    assert not found.items() & expected(models["first"], pictures).items()


def test_that_answers_of_the_model_before_are_dropped(panel, pictures, models, rest):
    panel.classify(pictures)
    panel.choose_model(models["second"])
    panel.choose_model(models["first"])
    panel.choose_model(models["second"])
    rest()
    assert len(listed(panel)) == 40
    assert not any("waiting" in row for row in listed(panel).values())
    assert sure(listed(panel)).items() <= expected(models["second"], pictures).items()


def test_that_a_line_says_what_the_model_is(panel, models, rest):
    said = "shapes-towers · 10 classes · trained on CIFAR-10 · 60 epochs · validation error 17.2 %"
    assert panel.top.about.text() == said
    assert ", ".join(NAMES) in panel.top.about.toolTip()
    panel.choose_model(models["second"])
    rest()
    assert panel.top.about.text() == "shapes-towers · 10 classes"


def test_that_doubt_is_said(panel, pictures, models, rest):
    panel.choose_model(models["flat"])
    panel.classify(pictures[1:3])
    rest()
    assert list(listed(panel).values()) == ["01.png, not sure", "02.png, not sure"]
    assert panel.page.remark.text() == "Not sure: no class stands out"
    panel.choose_model(models["first"])
    rest()
    assert "not sure" not in listed(panel)[pictures[1]]  # 72 % of it, here and on any other processor
    assert panel.page.remark.text() == ""


def test_that_ten_views_are_the_same_box_in_the_menu_and_on_the_panel(panel, pictures, models, rest):
    panel.classify(pictures[:12])
    rest()
    (box,) = (each for each in panel.findChildren(QCheckBox) if each.text() == "Ten views")
    QTest.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))
    assert panel.commands.ten_views.isChecked()
    rest()
    found = sure(listed(panel))
    assert found.items() <= expected(models["first"], pictures, ten_view=True).items()
    assert found != sure(expected(models["first"], pictures[:12]))
    panel.commands.ten_views.trigger()
    assert not box.isChecked()
    rest()
    assert sure(listed(panel)).items() <= expected(models["first"], pictures).items()


def test_that_a_picture_that_is_dropped_again_is_answered_anew(panel, pictures, models, tmp_path, rest):
    path = tmp_path / "picture.png"
    path.write_text("no picture yet")
    panel.classify([str(path)])
    rest()
    assert list(skipped(panel)) == [str(path)]
    for number in (0, 1):
        path.write_bytes(Path(pictures[number]).read_bytes())
        panel.classify([str(path)])
        rest()
        (event,) = Classifier(read_bundle(Path(models["first"]))).classify([str(path)])
        best = f"{event.predictions[0].label} {percent(event.predictions[0].probability, 1)}"
        assert panel.page.bars.text().splitlines()[0] == best
        assert panel.bar.text() == "1 picture"
    assert skipped(panel) == {}


def test_that_what_is_dropped_while_others_are_answered_comes_after_them(panel, pictures, rest):
    panel.classify(pictures[:30])
    panel.classify(pictures[30:])
    panel.classify(pictures[:1])
    rest()
    assert list(listed(panel)) == pictures
    assert not any("waiting" in row for row in listed(panel).values())


class Gate:
    """Holds every answer back until it is opened."""

    def __init__(self, monkeypatch):
        self.opened, self.reached = threading.Event(), threading.Event()
        whole = Classifier.batches

        def held(classifier, paths, *rest):
            self.reached.set()
            assert self.opened.wait(20)
            return whole(classifier, paths, *rest)

        monkeypatch.setattr(Classifier, "batches", held)


@pytest.fixture
def gate(monkeypatch):
    gate = Gate(monkeypatch)
    yield gate
    gate.opened.set()


def test_that_escape_ends_it_and_the_rest_can_be_answered_later(panel, pictures, gate, rest, qtbot):
    assert not panel.commands.cancel.isEnabled()
    panel.classify(pictures)
    qtbot.waitUntil(gate.reached.is_set, timeout=20_000)
    panel.activateWindow()
    QTest.keyClick(panel, Qt.Key.Key_Escape)
    gate.opened.set()
    rest()
    waiting = [row for row in listed(panel).values() if "waiting" in row]
    assert len(waiting) == 36  # the first batch, of four, was under way
    assert not panel.commands.cancel.isEnabled()
    assert panel.commands.cancel.toolTip() == "Nothing is being classified"
    QTest.mouseClick(button(panel, "Classify the rest"), LEFT)
    rest()
    assert not any("waiting" in row for row in listed(panel).values())
    assert not panel.commands.go_on.isEnabled()


def test_that_what_is_dropped_after_a_cancel_is_answered(panel, pictures, gate, rest, qtbot):
    panel.classify(pictures[:20])
    qtbot.waitUntil(gate.reached.is_set, timeout=20_000)
    panel.commands.cancel.trigger()
    panel.classify(pictures[20:])  # the job before has not yet ended
    gate.opened.set()
    rest()
    waiting = [path for path, row in listed(panel).items() if "waiting" in row]
    assert waiting == pictures[4:20]


def test_that_long_work_says_how_far_it_is(panel, pictures, gate, rest, qtbot):
    panel.classify(pictures)
    qtbot.waitUntil(gate.reached.is_set, timeout=20_000)
    qtbot.waitUntil(lambda: panel.bar._bar.isVisible(), timeout=5000)
    assert panel.bar._progress.text() == "Loading the model"
    gate.opened.set()
    seen = []
    panel.answering.moved.connect(lambda: seen.append(panel.bar._progress.text()))
    rest()
    assert not panel.bar._bar.isVisible()
    last = [text for text in seen if "of 40" in text][-1]
    assert "pictures/s" in last
    assert "left" in last


def test_that_a_list_that_was_cleared_by_a_slip_comes_back(panel, pictures, tmp_path, rest):
    panel.classify([*pictures[:12], str(tmp_path / "missing.png")])
    rest()
    before, skips = listed(panel), skipped(panel)
    panel.commands.clear.trigger()
    assert (listed(panel), skipped(panel)) == ({}, {})
    assert panel.banner.text() == "Cleared 12 pictures. The files are where they were."
    QTest.mouseClick(button(panel.banner, "Undo"), LEFT)
    assert (listed(panel), skipped(panel)) == (before, skips)
    rest()
    assert listed(panel) == before
    assert panel.gallery.isVisible()


def test_that_a_list_that_was_cleared_during_a_search_comes_back_with_what_was_not_found_yet(
    panel, pictures, monkeypatch, rest, qtbot
):
    reached, opened = threading.Event(), threading.Event()
    find = control.find

    def held(*request):
        reached.set()
        assert opened.wait(20)
        yield from find(*request)

    panel.classify(pictures[:3])
    rest()
    monkeypatch.setattr(control, "find", held)
    panel.classify(pictures[:12])
    panel.classify(pictures[12:14])
    qtbot.waitUntil(reached.is_set, timeout=20_000)
    panel.commands.clear.trigger()
    QTest.mouseClick(button(panel.banner, "Undo"), LEFT)
    assert len(listed(panel)) == 3
    opened.set()
    rest()
    assert len(listed(panel)) == 14


def test_that_clear_forgets_all_also_what_is_on_its_way(panel, pictures, gate, rest, qtbot, tmp_path):
    panel.classify([*pictures, str(tmp_path / "missing")])
    qtbot.waitUntil(gate.reached.is_set, timeout=20_000)
    panel.commands.clear.trigger()
    gate.opened.set()
    rest()
    assert listed(panel) == {}
    assert skipped(panel) == {}
    assert panel.area.isVisible()
    assert panel.page.view.is_empty()
    panel.classify(pictures[:1])
    rest()
    assert len(listed(panel)) == 1


def test_that_nothing_begins_again_when_all_jobs_are_abandoned(panel, pictures, gate, jobs, rest, qtbot):
    panel.classify(pictures)
    qtbot.waitUntil(gate.reached.is_set, timeout=20_000)
    jobs.abandon_all()
    gate.opened.set()
    rest()
    with qtbot.assertNotEmitted(jobs.emptied, wait=100):
        pass
    assert any("waiting" in row for row in listed(panel).values())


def test_that_without_a_model_training_is_offered_and_pictures_wait_for_it(empty, models, pictures, rest, qtbot):
    assert empty.area.isVisible()
    with qtbot.waitSignal(empty.wants_training, timeout=1000):
        QTest.mouseClick(button(empty, "Train on the sample data"), LEFT)
    empty.classify(pictures[:2])
    rest()
    assert "no model to classify them with" in empty.banner.text()
    assert list(listed(empty).values()) == ["00.png, waiting", "01.png, waiting"]
    empty.set_models([("First", models["first"])])
    assert not empty.banner.text(), "there is a model now"
    rest()
    assert not any("waiting" in row for row in listed(empty).values())


@pytest.fixture
def torn(models, tmp_path):
    """A model file that ends too soon."""
    path = tmp_path / "torn.alexnet"
    path.write_bytes(Path(models["second"]).read_bytes()[:-1000])
    return str(path)


def test_that_the_model_before_an_unreadable_one_stays_with_its_answers(panel, models, pictures, torn, rest, qtbot):
    panel.classify(pictures[:3])
    rest()
    before, bars, about = listed(panel), panel.page.bars.text(), panel.top.about.text()
    with qtbot.waitSignal(panel.model_refused) as heard:
        panel.choose_model(torn)
    rest()
    assert heard.args[0] == torn
    assert f"{torn} cannot be read as a model: the file is truncated or damaged" in panel.banner.text()
    assert panel.chooser.path() == panel.answering.model() == models["first"]
    assert listed(panel) == before
    assert panel.page.bars.text() == bars
    assert panel.top.about.text() == about
    assert not panel.commands.go_on.isEnabled()
    panel.classify(pictures[3:6])
    rest()
    assert not any("waiting" in row for row in listed(panel).values())
    assert sure(listed(panel)).items() <= expected(models["first"], pictures).items()


def test_that_pictures_beside_an_unreadable_model_get_the_answers_of_the_one_before(
    panel, models, pictures, torn, rest
):
    panel.classify(pictures[:2])
    rest()
    panel.choose_model(torn)
    panel.choose_model(torn + "missing")
    panel.classify(pictures)
    rest()
    assert panel.chooser.path() == models["first"]
    assert "cannot be read as a model" in panel.banner.text()
    assert len(listed(panel)) == 40
    assert not any("waiting" in row for row in listed(panel).values())
    assert sure(listed(panel)).items() <= expected(models["first"], pictures).items()


def test_that_without_a_model_before_an_unreadable_one_pictures_say_so(empty, models, pictures, torn, rest):
    empty.choose_model(torn)
    empty.classify(pictures[:2])
    for _ in range(2):
        rest()
        assert f"{torn} cannot be read" in empty.banner.text()
        assert [row.split(", ")[1] for row in listed(empty).values()] == [
            "not classified: the model cannot be read"
        ] * 2
        assert empty.page.remark.text() == "Not classified: the model cannot be read"
        empty.classify(pictures[:2])  # which tries it again
    rest()
    empty.choose_model(models["first"])
    rest()
    assert sure(listed(empty)).items() <= expected(models["first"], pictures).items()
    assert not any("no answer" in row for row in listed(empty).values())


def test_that_what_the_format_says_of_a_damaged_model_is_behind_details(panel, torn, rest):
    panel.choose_model(torn)
    rest()
    assert "header" not in panel.banner.text()
    QTest.mouseClick(button(panel.banner, "Details"), LEFT)
    assert "incomplete metadata" in panel.banner._details.toPlainText()


def test_that_an_unreadable_model_is_told_and_the_next_one_answers(panel, models, pictures, tmp_path, rest):
    bad = tmp_path / "bad.alexnet"
    bad.write_text("no model")
    panel.classify(pictures[:3])
    rest()
    panel.choose_model(str(bad))
    rest()
    assert f"{bad} cannot be read as a model" in panel.banner.text()
    panel.choose_model(models["second"])
    rest()
    assert sure(listed(panel)).items() <= expected(models["second"], pictures).items()
    assert not any("waiting" in row for row in listed(panel).values())


def test_that_a_model_file_that_was_written_anew_is_read_anew(panel, pictures, tmp_path, rest):
    path = write_model(tmp_path / "last.alexnet", seed=1)
    panel.choose_model(path)
    panel.classify(pictures[:8])
    rest()
    before = listed(panel)
    write_model(tmp_path / "last.alexnet", seed=5)
    panel.classify(pictures[:8])
    rest()
    assert sure(listed(panel)).items() <= expected(path, pictures).items()
    assert listed(panel) != before


def test_that_a_pasted_picture_is_kept_as_long_as_the_panel(panel, rest):
    picture = QImage(50, 40, QImage.Format.Format_RGB32)
    picture.fill(QColor("#3366cc"))
    for _ in range(2):
        QGuiApplication.clipboard().setImage(picture)
        panel.paste()
        rest()
    assert [row.split(",")[0] for row in listed(panel).values()] == ["pasted picture 1", "pasted picture 2"]
    assert panel.page.name.text() == "pasted picture 2 · 50 × 40 pixels"
    folder = Path(next(iter(listed(panel)))).parent
    assert folder.is_dir()
    panel.taking.pictures.remove()
    assert not folder.exists()


def test_that_pasted_pictures_go_with_their_owner():
    pasted = PastedPictures()
    path = pasted.next_path()
    path.write_text("a picture")
    del pasted
    assert not path.parent.exists()


def paste_urls(urls):
    mime = QMimeData()
    mime.setUrls(urls)
    QGuiApplication.clipboard().setMimeData(mime)


def test_that_files_can_be_pasted_as_files_and_as_text(panel, pictures, rest):
    paste_urls([QUrl.fromLocalFile(pictures[0])])
    panel.activateWindow()
    QTest.keyClick(panel, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    rest()
    QGuiApplication.clipboard().setText(f'"{pictures[1]}"\n\n{QUrl.fromLocalFile(pictures[2]).toString()}\n')
    panel.paste()
    rest()
    assert list(listed(panel)) == pictures[:3]


@pytest.mark.parametrize("text", ["what is this?", "", "cats/1.png"])
def test_that_a_clipboard_without_pictures_is_told(panel, text, rest):
    QGuiApplication.clipboard().setText(text)
    panel.paste()
    assert "contains no picture" in panel.banner.text()
    rest()
    assert listed(panel) == {}


def test_that_an_address_of_another_kind_is_told(panel, rest):
    paste_urls([QUrl("ftp://example.org/cat.png")])
    panel.paste()
    rest()
    assert "ftp://example.org/cat.png" in panel.banner.text()
    assert "save the picture first" in panel.banner.text()


def test_that_a_long_address_is_cut_in_the_middle_and_whole_behind_details(panel, rest):
    address = f"ftp://example.org/{'a1' * 300}/cat.png"
    panel.classify([address])
    rest()
    said = panel.banner.text()
    assert len(said) < 200
    assert said.startswith("ftp://example.org/a1")
    assert "a1/cat.png: this is a web address" in said
    assert address in skipped(panel)
    assert panel.banner._details.toPlainText() == address


@pytest.mark.parametrize("scheme", ["data:image/png;base64,", "blob:https://example.org/"])
def test_that_a_picture_inside_an_address_is_called_what_it_is(panel, rest, scheme):
    panel.classify([scheme + "iVBOR" * 10_000])
    rest()
    assert panel.banner.text().startswith(scheme)
    assert "not a file on this computer: save the picture first" in panel.banner.text()
    assert "folder" not in panel.banner.text()
    assert len(panel.banner.text()) < 250
    assert max(map(len, skipped(panel))) < 100


def test_that_the_folder_of_models_is_remembered(panel, models, jobs, rest, qtbot):
    panel.chooser.browse()
    dialog = dialog_of(panel, qtbot)
    dialog.setDirectory(str(Path(models["second"]).parent))
    dialog.selectFile(models["second"])
    dialog.accept()
    rest()
    assert panel.answering.model() == models["second"]
    again = ClassifyPanel(jobs, Settings())
    qtbot.addWidget(again)
    assert again.chooser.folder == Path(models["second"]).parent


def dialog_of(panel, qtbot):
    qtbot.waitUntil(lambda: any(each.isVisible() for each in panel.findChildren(QFileDialog)), timeout=5000)
    return next(each for each in panel.findChildren(QFileDialog) if each.isVisible())


def test_that_the_answers_are_exported(panel, pictures, tmp_path, rest, qtbot):
    assert not panel.commands.export.isEnabled()
    (tmp_path / "notes.txt").write_text("no picture")
    panel.classify([*pictures[:5], str(tmp_path / "notes.txt")])
    rest()
    panel.commands.export.trigger()
    dialog = dialog_of(panel, qtbot)
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile("mine")
    dialog.accept()
    rest()
    with (tmp_path / "mine.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [*pictures[:5], str(tmp_path / "notes.txt")]
    assert "not a picture" in rows[5]["reason"]
    assert {row["model"] for row in rows} == {Path(panel.answering.model()).stem}
    spoken = listed(panel)
    for row in rows[:5]:
        best = f"{row['label1']}, {percent(float(row['probability1']))}"
        assert spoken[row["path"]].endswith(best if row["sure"] == "yes" else "not sure")
    assert {row["sure"] for row in rows[:5]} <= {"yes", "no"}
    assert rows[5]["sure"] == ""
    assert "6 rows" in panel.banner.text()
    assert Settings().folder("tables", Path("/")) == tmp_path


def test_that_a_table_that_cannot_be_written_is_told(panel, pictures, tmp_path, rest):
    panel.classify(pictures[:1])
    rest()
    path = str(tmp_path / "no folder" / "x.csv")
    panel.results.exporting.export(path, ExportKind.TABLE, Scope.ALL, replace=False)
    rest()
    assert "could not be written" in panel.banner.text()


def test_that_pictures_are_opened_and_the_folder_is_remembered(panel, pictures, rest, qtbot):
    panel.commands.open_pictures.trigger()
    dialog = dialog_of(panel, qtbot)
    dialog.setDirectory(str(Path(pictures[0]).parent))
    dialog.selectFile(pictures[4])
    dialog.accept()
    rest()
    assert list(listed(panel)) == [pictures[4]]
    panel.commands.open_folder.trigger()
    dialog = dialog_of(panel, qtbot)
    assert dialog.directory().absolutePath() == str(Path(pictures[0]).parent)
    dialog.reject()


def test_that_the_samples_are_classified(panel, pictures, tmp_path, monkeypatch, rest):
    monkeypatch.setattr(resources, "path", lambda name: tmp_path / name)
    panel.hide()
    panel.show()
    samples = button(panel, "Classify the sample pictures")
    assert not samples.isEnabled()
    assert "no sample pictures" in samples.toolTip()
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "cat.png").write_bytes(Path(pictures[0]).read_bytes())
    panel.hide()
    panel.show()
    QTest.mouseClick(samples, LEFT)
    rest()
    assert [row.split(",")[0] for row in listed(panel).values()] == ["cat.png"]


def test_that_the_filter_finds_answers(panel, pictures, rest):
    panel.classify(pictures)
    rest()
    label = listed(panel)[pictures[0]].split(", ")[1]
    QTest.keyClicks(panel.gallery.filter, label)
    assert pictures[0] in listed(panel)
    assert all(f", {label}" in row for row in listed(panel).values())
    assert 0 < len(listed(panel)) < 40


def test_that_resizing_reads_no_picture_again(panel, pictures, monkeypatch, rest):
    read = []
    whole = classify_decoding.whole
    monkeypatch.setattr(
        "alexnet_app.ui.classify.pictures.whole",
        lambda path, box, asked: read.append(path) or whole(path, box, asked),
    )
    panel.classify(pictures[:2])
    rest()
    for width in range(800, 1200, 50):
        panel.resize(width, 600)
        panel.grab()
    rest()
    assert read == [pictures[0]]
    panel.list.pick(pictures[1])
    rest()
    panel.list.pick(pictures[0])
    rest()
    assert read == pictures[:2]


def test_that_a_large_picture_is_decoded_no_larger_than_asked_and_its_size_is_that_of_the_file(tmp_path):
    path = tmp_path / "large.jpg"
    picture = Image.new("RGB", (4000, 3000), "red")
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    picture.save(path, exif=exif)
    (found,) = classify_decoding.whole(str(path), (640, 480), None)
    assert (found.width, found.height) == (3000, 4000)
    assert found.picture.size().toTuple() == (360, 480)


def test_that_the_newest_thumbnail_comes_first_and_too_many_are_forgotten():
    wanted = WantedPicture(limit=3)
    for path in "abcd":
        wanted.put(path)
    wanted.put("b")
    assert wanted.take() == "b"
    wanted.put("b")  # it is being read
    assert [wanted.take() for _ in range(3)] == ["d", "c", None]
    wanted.put("b")
    assert wanted.take() == "b"


def test_that_sparing_computes_on_one_thread_and_leaves_the_others_alone():
    full = torch.get_num_threads()
    torch.set_num_threads(3)
    seen, ready, go = {}, threading.Event(), threading.Event()

    def training():
        seen["before"] = torch.get_num_threads()
        ready.set()
        go.wait(10)
        seen["beside"] = torch.get_num_threads()

    def sparing():
        compute_on_one_thread()
        seen["spared"] = torch.get_num_threads()
        later = threading.Thread(target=lambda: seen.update(later=torch.get_num_threads()))
        later.start()
        later.join()

    try:
        runs = threading.Thread(target=training)
        runs.start()
        assert ready.wait(10)
        spares = threading.Thread(target=sparing)
        spares.start()
        spares.join()
        go.set()
        runs.join()
    finally:
        torch.set_num_threads(full)
    assert seen == {"before": 3, "beside": 3, "spared": 1, "later": 3}


def test_that_a_training_makes_what_is_under_way_go_on_with_one_thread(panel, pictures, monkeypatch, rest, qtbot):
    threads, begun = [], threading.Event()
    whole = Classifier.batches

    def watched(classifier, paths, *rest):
        threads.append(torch.get_num_threads())
        begun.set()
        return whole(classifier, paths, *rest)

    monkeypatch.setattr(Classifier, "batches", watched)
    full = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        panel.classify(pictures)
        qtbot.waitUntil(begun.is_set, timeout=20_000)
        panel.set_sparing(True)
        rest()
        panel.classify(pictures[:1])
        rest()
        panel.set_sparing(False)
        panel.classify(pictures[:1])
        rest()
    finally:
        torch.set_num_threads(full)
    assert threads[0] == 2
    assert threads[-2:] == [1, 2]
    assert not any("waiting" in row for row in listed(panel).values())


@pytest.mark.parametrize("command", [Stop(), Leave()])
def test_that_stop_ends_finding_and_answering_between_two_reports(models, pictures, command):
    from queue import SimpleQueue

    asked = SimpleQueue()
    request = classify_jobs.ClassifyRequest(0, models["first"], tuple(pictures))
    work = classify_jobs.answer(Models(), request, asked)
    next(work)  # what the model is
    asked.put(command)
    answers = list(work)
    assert sum(len(each.events) for each in answers) == classifiers.FIRST
    assert not answers[-1].is_last
    asked.put(command)
    assert list(classify_jobs.find(pictures, 0, asked)) == []


def answered(path, label="cat"):
    return Answered(path, (Prediction(label, 0.9),))


def test_that_an_album_keeps_what_is_known_in_the_order_of_dropping():
    album = Album()
    album.add(["a", "b", "c"])
    change = album.note([Skipped("b", "bad"), answered("a"), answered("elsewhere")])
    assert change.answered == (answered("a"),)
    assert change.skipped == (Skipped("b", "bad"),)
    assert album.waiting() == ("c",)
    assert (album.pictures(), album.skipped_count()) == (2, 1)
    assert album.known() == (answered("a"), Skipped("b", "bad"))


def test_that_an_album_that_is_asked_again_keeps_what_was_skipped_until_it_is_answered():
    album = Album()
    album.add(["a", "b", "c"])
    album.note([answered("a"), Skipped("b", "no finite number"), answered("c")])
    album.ask_all_again(first="c")
    assert album.waiting() == ("c", "a", "b")
    assert album.event("a") is None
    assert album.skipped() == (Skipped("b", "no finite number"),)
    change = album.note([answered("b", "dog")])
    assert change.regained == ("b",)
    assert album.skipped_count() == 0


def test_that_the_panel_comes_without_torch():
    code = "import sys, alexnet_app.ui.classify.panel; print({'torch', 'pyqtgraph', 'PIL'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_that_every_control_has_a_name_and_fits_a_small_window(panel, pictures, rest, scheme):
    panel.classify(pictures[:2])
    rest()
    minimum = panel.minimumSizeHint()
    assert minimum.width() <= 1000
    assert minimum.height() <= 520
    for widget in (panel.list, panel.page.view, panel.page.bars, panel.gallery.filter, panel.skipped):
        assert widget.accessibleName()
    panel.bar.show_counts("2 pictures", "21 skipped")
    assert button(panel, "21 skipped").accessibleName() == "Skipped files: 21 skipped"


def test_that_what_is_counted_of_an_album_is_what_is_in_it():
    chance, album = random.Random(1), Album()
    paths = [f"{number}.png" for number in range(8)]
    answer = (Prediction("a", 0.5),)
    acts = (
        lambda some: album.add(some),
        lambda some: album.refuse(Skipped(f"no {path}", "x") for path in some[:1]),
        lambda some: album.note([Answered(path, answer) for path in some]),
        lambda some: album.note([Skipped(path, "x") for path in some]),
        lambda some: album.ask_all_again(some[0]),
        lambda _: album.keep(),
        lambda _: album.restore(),
    )
    for _ in range(2_000):
        chance.choice(acts)(chance.sample(paths, 3))
        assert album.has_results() == bool(album.known())
        assert album.skipped_count() == len(album.skipped())


def test_that_the_first_answers_do_not_wait_until_all_files_are_listed(panel, pictures, rest, qtbot):
    answering, seen = panel.answering, []
    answering.found.connect(lambda found: seen.append(("listed", len(found.paths))))
    for first in range(0, 40, 8):  # as they come from the thread that looks, all before the window's next moment
        answering._take_found(classify_jobs.FoundFiles(answering._drop, tuple(pictures[first : first + 8]), first == 0))
    assert seen == [("listed", 8)]
    assert answering.is_finding()
    qtbot.waitUntil(lambda: len(seen) == 5, timeout=10_000)
    rest()
    assert list(listed(panel)) == pictures
    assert len(panel.answering.album.answered()) == 40
    assert not answering.is_busy()


def test_that_files_that_wait_to_be_listed_go_with_a_cancel(panel, pictures, rest, qtbot):
    for first in (0, 20):
        found = classify_jobs.FoundFiles(panel.answering._drop, tuple(pictures[first : first + 20]), first == 0)
        panel.answering._take_found(found)
    panel.answering.cancel()
    rest()
    qtbot.wait(1)
    assert len(listed(panel)) == 20
