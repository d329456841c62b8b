"""Evaluating a run in the window: the action, the work and its end, what is shown of it."""

import csv
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QStyle

from alexnet_app.core.events import EpochDone, RunEnded, RunStarted
from alexnet_app.core.inference import evaluation as evaluations
from alexnet_app.core.inference.evaluation import Evaluation, Member, Mistake
from alexnet_app.core.inference.evaluation_file import kept_file, read_evaluations, write_evaluation
from alexnet_app.core.inference.interval import wilson
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.evaluation.jobs import Export, MistakePictures, exporting, picturing
from alexnet_app.ui.evaluation.views.class_table import ERROR, NAME, ClassTable
from alexnet_app.ui.evaluation.views.confusion_view import ConfusionView
from alexnet_app.ui.evaluation.words import FOLDER
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000
CLASSES = ("newt", "owl", "walrus")
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Three classes; 20 pictures of each to test."""
    folder, chance = tmp_path_factory.mktemp("zoo"), np.random.default_rng(0)
    for split, count in (("train", 2), ("val", 2), ("test", 20)):
        for name in CLASSES:
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(0, 256, (32, 32, 3), np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{number}.png")
    return folder


def write_run(folder, pictures, *, test_pictures=60, model=True):
    run = Run.create(folder, f'network = "cifar-towers"\ndata = "{pictures}"\nthreads = 1\ndevice = "cpu"\n')
    with holding(run) as log:
        log.append(RunStarted("cifar-towers", "zoo", 1000, 6, 6, test_pictures, 1, 1, "cpu", "fp32", 1))
        log.append(EpochDone(1, 5, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0))
        log.append(RunEnded("finished", 5, 1))
    if model:
        network = AlexNet(variant("cifar-towers", classes=3))
        network.initialize(torch.Generator().manual_seed(1))
        bundle = Bundle(network.spec, CLASSES, torch.full((3, 1, 1), 128.0), plain_weights(network), {"step": 5})
        write_bundle(run.best_file, bundle)
    return run


def made(run, views=1, step=5, split="test"):
    """An evaluation of which every number is known."""
    confusion = np.array([[18, 2, 0], [1, 15, 4], [0, 0, 20]])
    data = run.config_file.read_text().split('"')[3]
    mistakes = (
        Mistake(21, 1, 2, 0.97, f"{data}/test/owl/1.png"),
        Mistake(3, 0, 1, 0.61, f"{data}/test/newt/gone.png"),
    )
    return Evaluation("zoo", split, views, (Member("run", step),), CLASSES, 0.5, 7 / 60, 0.0, confusion, mistakes)


def keep(run, *made_ones):
    for each in made_ones:
        write_evaluation(kept_file(run, each.split, each.views), each)


@pytest.fixture
def panel(qtbot, home):
    jobs = Jobs()
    panel = train_panel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.resize(1280, 740)
    panel.show()
    panel.warm_up([("auto", "CPU, 2 threads"), ("cpu", "CPU, 2 threads")])
    yield panel
    jobs.abandon_all()
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


@pytest.fixture
def run(tmp_path, pictures):
    return write_run(tmp_path / "zoo-1", pictures)


def show(qtbot, panel, run):
    panel.open_run(str(run.folder))
    qtbot.waitUntil(lambda: panel._folder == run.folder and not panel.control.is_on(), timeout=LONG)


def evaluate(qtbot, panel, run):
    """Opens the page; what is kept has been read when it returns."""
    show(qtbot, panel, run)
    panel.evaluations.action.trigger()
    qtbot.waitUntil(lambda: panel.evaluations._kept is not None, timeout=LONG)
    return panel.evaluations.page


def said(widget):
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def test_that_the_action_says_why_it_cannot_be_used(panel, qtbot, run, tmp_path, pictures):
    action = panel.evaluations.action
    assert not action.isEnabled()
    assert action.toolTip() == "Open a run first"
    show(qtbot, panel, write_run(tmp_path / "unborn", pictures, model=False))
    assert not action.isEnabled()
    assert "no model yet" in action.toolTip()
    show(qtbot, panel, run)
    assert action.isEnabled()
    assert action in panel.actions_of_runs
    assert action.shortcut().toString() == "Ctrl+Shift+G"


def test_that_a_run_that_is_trained_cannot_be_evaluated(panel, qtbot, run, pictures):
    show(qtbot, panel, run)
    values = {"data": str(pictures), "epochs": 10_000, "batch_size": 4, "learning_rate": 0.001, "threads": 1}
    panel.setup.form.set_values(values)
    panel.start()
    assert not panel.evaluations.action.isEnabled()
    assert "stop it first" in panel.evaluations.action.toolTip()
    qtbot.waitUntil(lambda: panel._live.state.saved_step > 0, timeout=LONG)
    panel.control.stop()
    qtbot.waitUntil(lambda: not panel.control.is_on(), timeout=LONG)
    assert panel.evaluations.action.isEnabled(), "it has a model now"


def test_that_a_run_is_evaluated_and_keeps_what_came_of_it(panel, qtbot, run):
    page = evaluate(qtbot, panel, run)
    assert panel.pages.currentWidget() is page
    assert "Not evaluated on the test images yet" in said(page)
    assert not page.progress.isVisible()
    qtbot.mouseClick(page.start, LEFT)
    assert page.progress.isVisible()
    assert not page.start.isEnabled()
    assert "cancel it first" in page.start.toolTip()
    qtbot.waitUntil(lambda: not panel.evaluations.is_on(), timeout=LONG)
    (kept,) = read_evaluations(run)
    (card,) = page.view.cards.texts()
    low, high = wilson(int(kept.class_errors.sum()), kept.pictures)
    assert card == f"Single view {100 * kept.top1_error:.2f} % ({100 * low:.1f} to {100 * high:.1f} %)"
    assert page.view.strip.count() == len(kept.mistakes) > 0
    assert not page.progress.isVisible()
    assert page.start.isEnabled()


def test_that_ten_views_stand_beside_the_single_one(panel, qtbot, run):
    page = evaluate(qtbot, panel, run)
    for ten_view in (False, True):
        page.ten_view.setChecked(ten_view)
        qtbot.mouseClick(page.start, LEFT)
        qtbot.waitUntil(lambda: not panel.evaluations.is_on(), timeout=LONG)
    single, ten = page.view.cards.texts()
    assert single.startswith("Single view")
    assert ten.startswith("Ten views")
    assert panel.evaluations._shown.views == 10, "what was made last is shown"
    qtbot.mouseClick(page.view.cards._cards[0], LEFT)
    assert panel.evaluations._shown.views == 1


@SLOW
def test_that_an_evaluation_can_be_cancelled(panel, qtbot, run, monkeypatch):
    monkeypatch.setattr(evaluations, "VIEWS_AT_ONCE", 1)
    page = evaluate(qtbot, panel, run)
    seen = []
    show_progress = page.show_progress

    def cancel_in_the_middle(words, share):
        show_progress(words, share)
        seen.append(words)
        if words.startswith("evaluating"):
            qtbot.mouseClick(page.cancel, LEFT)

    monkeypatch.setattr(page, "show_progress", cancel_in_the_middle)
    qtbot.mouseClick(page.start, LEFT)
    qtbot.waitUntil(lambda: not panel.evaluations.is_on(), timeout=LONG)
    qtbot.waitUntil(lambda: not panel._jobs.running(), timeout=LONG)
    assert sum(words.startswith("evaluating") for words in seen) == 1, "what came after is not shown"
    assert read_evaluations(run) == ()
    assert page.start.isEnabled()
    assert "Not evaluated" in said(page)


def test_that_what_goes_wrong_is_told_above_the_page(panel, qtbot, run):
    page = evaluate(qtbot, panel, run)
    run.best_file.write_bytes(b"torn")
    qtbot.mouseClick(page.start, LEFT)
    qtbot.waitUntil(lambda: not panel.evaluations.is_on(), timeout=LONG)
    assert "cannot be read as a model" in panel.banner.text()
    assert page.start.isEnabled()


def test_that_a_kept_evaluation_is_shown_at_once(panel, qtbot, run):
    keep(run, made(run), made(run, views=10))
    page = evaluate(qtbot, panel, run)
    assert page.view.cards.texts() == ["Single view 11.67 % (5.8 to 22.2 %)", "Ten views 11.67 % (5.8 to 22.2 %)"]
    assert page.view.table.names() == ["owl", "newt", "walrus"], "the worst first"
    strip = page.view.strip
    assert strip.item(0).text().split("\n") == ["owl", "→ walrus", "97.0 %", "1.png"]
    assert strip.item(0).toolTip().endswith("owl/1.png")

    def colours():
        return [len(np.unique(pixels(strip.item(at).icon().pixmap(96, 96).toImage()), axis=0)) for at in range(2)]

    qtbot.waitUntil(lambda: colours()[0] > 100, timeout=LONG)
    assert colours()[1] == 1, "a picture that is gone stays blank"


def pixels(image):
    image = image.convertToFormat(image.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(-1, 4)[:, :3]


def test_that_a_model_that_has_changed_since_is_told(panel, qtbot, run):
    keep(run, made(run, step=3))
    (card,) = evaluate(qtbot, panel, run).view.cards._cards
    assert "earlier model (step 3)" in card.text()


def test_that_the_splits_are_those_of_the_run(panel, qtbot, tmp_path, pictures):
    few = write_run(tmp_path / "few", pictures, test_pictures=0)
    keep(few, made(few, split="train"))
    page = evaluate(qtbot, panel, few)
    assert [page.split.itemText(at) for at in range(page.split.count())] == ["Validation images", "Training images"]
    assert page.chosen_split() == "train", "where something is kept"
    page.split.setCurrentIndex(0)
    assert "Not evaluated on the validation images yet" in said(page)
    page.split.setCurrentIndex(1)
    assert len(page.view.cards.texts()) == 1
    assert page.view.isVisible()


def test_that_another_run_takes_the_place_of_the_evaluated_one(panel, qtbot, run, tmp_path, pictures, monkeypatch):
    monkeypatch.setattr(evaluations, "VIEWS_AT_ONCE", 1)
    other = write_run(tmp_path / "zoo-2", pictures)
    keep(other, made(other))
    page = evaluate(qtbot, panel, run)
    qtbot.mouseClick(page.start, LEFT)
    show(qtbot, panel, other)
    assert not panel.evaluations.is_on()
    assert panel.pages.currentWidget() is panel._live
    panel.evaluations.action.trigger()
    qtbot.waitUntil(lambda: len(page.view.cards.texts()) == 1 and page.view.isVisible(), timeout=LONG)
    assert "zoo-2" in page.title.text()
    qtbot.waitUntil(lambda: not panel._jobs.running(), timeout=LONG)
    assert read_evaluations(run) == (), "it was left"


def test_that_one_comes_back_to_the_curves(panel, qtbot, run):
    page = evaluate(qtbot, panel, run)
    qtbot.mouseClick(page.back, LEFT)
    assert panel.pages.currentWidget() is panel._live


# the widgets


@pytest.fixture
def confusion(qtbot):
    view = ConfusionView()
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.set_counts(np.array([[18, 2, 0], [1, 15, 4], [0, 0, 20]]), CLASSES)
    view.show()
    return view


def test_that_a_cell_tells_its_count(confusion, qtbot):
    with qtbot.waitSignal(confusion.pointed, check_params_cb=lambda true, answered: (true, answered) == (1, 2)):
        QTest.mouseMove(confusion, confusion.cell(1, 2).center())
    assert confusion.accessibleDescription() == "owl → walrus: 4 of 20, 20.0 %"
    assert confusion.at(QPoint(0, 0)) == (-1, -1)


def test_that_the_arrows_go_from_cell_to_cell(confusion):
    seen = []
    confusion.pointed.connect(lambda *cell: seen.append(cell))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(confusion, key)
    assert seen == [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)]


def test_that_what_is_frequent_is_the_strongest(confusion, scheme):
    image = confusion.grab().toImage()

    def shade(true, answered):
        corner = confusion.cell(true, answered).topLeft() + QPoint(3, 3)
        return np.array(image.pixelColor(corner).getRgb()[:3], int)

    paper = shade(0, 2)
    distances = [np.abs(shade(*cell) - paper).sum() for cell in ((0, 1), (1, 2), (1, 1), (2, 2))]
    assert distances == sorted(set(distances)), distances
    assert distances[0] > 20, "a rare mistake can be seen"


@pytest.mark.parametrize("count", [2, 40, 1000])
def test_that_every_cell_of_any_number_of_classes_can_be_pointed_at(confusion, count):
    confusion.set_counts(np.eye(count, dtype=np.int64) * 7, [f"class {number}" for number in range(count)])
    confusion.grab()
    last = confusion.cell(count - 1, count - 1)
    assert confusion.rect().contains(last)
    shared = confusion._place().classes
    assert abs(confusion.at(last.center())[0] - (count - 1)) < shared
    assert confusion.at(confusion.cell(0, 0).center()) == (0, 0)


def test_that_the_table_is_sorted_by_what_is_clicked(qtbot):
    table = ClassTable()
    qtbot.addWidget(table)
    table.set_rows([("b", 10, 1), ("a", 4, 2), ("c", 200, 10), ("none", 0, 0)])
    assert table.names()[:3] == ["a", "b", "c"], "by error"
    table.sortByColumn(NAME, Qt.SortOrder.DescendingOrder)
    assert table.names() == ["none", "c", "b", "a"]
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    assert table.names() == ["c", "b", "a", "none"]
    assert table.rows.index(3, ERROR).data() == "–"


def test_that_a_chosen_class_is_framed_among_the_confusions(panel, qtbot, run):
    keep(run, made(run))
    view = evaluate(qtbot, panel, run).view
    view.table.pick(1)
    assert view.confusion._row == 1
    QTest.mouseMove(view.confusion, view.confusion.cell(1, 2).center())
    qtbot.waitUntil(lambda: view.caption.text() == "owl → walrus: 4 of 20, 20.0 %", timeout=LONG)


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_that_the_page_has_room_in_the_smallest_window(open_window, qapp, qtbot, run, factor):
    before, font = qapp.font(), qapp.font()
    font.setPointSizeF(factor * font.pointSizeF())
    qapp.setFont(font)
    try:
        keep(run, made(run), made(run, views=10, step=123_456))
        window = open_window()
        window.resize(1024, 640)
        page = evaluate(qtbot, window.tabs.train, run)
        qtbot.waitUntil(lambda: page.view.isVisible(), timeout=LONG)
        page.show_progress("evaluating, 500 of 5,000", 0.1)
        qtbot.wait(1)
        assert window.size().toTuple() == (1024, 640)
        for each in (page.back, page.start, page.split, page.cancel, *page.view.cards._cards):
            assert each.width() >= each.minimumSizeHint().width()
            assert page.rect().contains(each.rect().translated(each.mapTo(page, QPoint(0, 0)))), each
        page.show_rest()
    finally:
        qapp.setFont(before)


@pytest.mark.parametrize("kind", ["folder", "table"])
def test_that_no_picture_outside_the_data_is_opened(home, tmp_path, kind):
    data = tmp_path / "data"
    for split, name in itertools.product(("train", "test"), CLASSES[:2]):
        (data / split / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (40, 40), (9, 9, 9)).save(data / split / name / f"{number}.png")
    own, outside = data / "test" / CLASSES[0] / "1.png", tmp_path / "private.png"
    Image.new("RGB", (40, 40), (200, 9, 9)).save(outside)
    if kind == "table":
        table = tmp_path / "set.csv"
        rows = (f"{path},{path.parent.name},{path.parts[-3]}" for path in sorted(data.rglob("*.png")))
        table.write_text("path,label,split\n" + "\n".join(rows))
        data = table
    run = write_run(tmp_path / "run", data)
    paths = [str(own), str(outside), f"{own.parent}/../../../private.png"]
    evaluation = replace(made(run), mistakes=tuple(Mistake(1, 1, 0, 0.9, path) for path in paths))
    (found,) = (each for each in picturing(run.folder, evaluation) if isinstance(each, MistakePictures))
    assert [each is not None for each in found.pictures] == [True, False, False]


def evaluated(qtbot, panel, run):
    """The page with an evaluation that was made just now."""
    page = evaluate(qtbot, panel, run)
    qtbot.mouseClick(page.start, LEFT)
    qtbot.waitUntil(lambda: not panel.evaluations.is_on(), timeout=LONG)
    return page


def a_cell(evaluation):
    return next((int(true), int(answered)) for true, answered in np.argwhere(evaluation.confusion > 1).tolist())


def test_that_a_click_on_a_cell_shows_its_pictures(panel, qtbot, run, monkeypatch):
    opened = []
    monkeypatch.setattr("alexnet_app.ui.evaluation.panel.QDesktopServices.openUrl", lambda url: opened.append(url))
    page = evaluated(qtbot, panel, run)
    shown = panel.evaluations._shown
    true, answered = a_cell(shown)
    QTest.mouseClick(page.view.confusion, LEFT, pos=page.view.confusion.cell(true, answered).center())
    count = int(shown.confusion[true, answered])
    title = f"{CLASSES[true]} → {CLASSES[answered]}: {count} of {count} images"
    qtbot.waitUntil(lambda: page.view.title.text() == title, timeout=LONG)
    assert page.view.strip.count() == count
    page.view.strip.itemActivated.emit(page.view.strip.item(0))
    assert f"/test/{CLASSES[true]}/" in opened[0].toLocalFile()
    qtbot.mouseClick(page.view.all, LEFT)
    assert page.view.title.text() == "Most confident mistakes"
    assert page.view.strip.count() == len(shown.mistakes)


def test_that_return_picks_a_cell_and_an_empty_one_is_none(confusion):
    picked = []
    confusion.picked.connect(lambda *cell: picked.append(cell))
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(confusion, key)
    assert picked == [(0, 0)]


def test_that_the_calibration_is_shown(panel, qtbot, run):
    page = evaluated(qtbot, panel, run)
    found = panel.evaluations._shown.calibration
    assert sum(each.count for each in found.bins) == 60
    assert f"Expected calibration error {100 * found.error:.1f} %" in page.view.calibration.text()
    assert "right on" in page.view.reliability.accessibleDescription()
    page.view.tabs.setCurrentIndex(1)
    assert page.view.reliability.isVisible()


def test_that_an_evaluation_of_an_earlier_version_says_what_is_missing(panel, qtbot, run):
    keep(run, made(run))
    page = evaluate(qtbot, panel, run)
    assert "Evaluate again" in page.view.reliability.accessibleDescription()
    page.view.cell_wanted.emit(1, 2)
    assert "Evaluate again" in page.view.caption.text()


@pytest.mark.parametrize(
    ("what", "name"), [("table", "a.csv"), ("matrix", "b.csv"), ("matrix", "c.png"), ("mistakes", "d.csv")]
)
def test_that_table_matrix_and_mistakes_are_exported(run, tmp_path, what, name):
    path = tmp_path / name
    list(exporting(made(run), Export(what), path, False))
    if name.endswith(".png"):
        with Image.open(path) as image:
            assert image.size[0] > 100
        return
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    if what == "table":
        assert rows[2][:4] == ["owl", "20", "5", "0.250000"]
        assert [round(float(each), 3) for each in rows[2][4:]] == [0.112, 0.469]
    elif what == "matrix":
        assert rows == [
            ["true class", *CLASSES],
            ["newt", "18", "2", "0"],
            ["owl", "1", "15", "4"],
            ["walrus", "0", "0", "20"],
        ]
    else:
        assert rows[1][1:] == ["21", "owl", "walrus", "0.97"]
        assert rows[1][0].endswith("owl/1.png")


def test_that_an_export_asks_where(panel, qtbot, run, tmp_path):
    keep(run, made(run))
    page = evaluate(qtbot, panel, run)
    page.view.export.click()
    dialog = page.findChild(QFileDialog)
    assert [each.rpartition("(")[2] for each in dialog.nameFilters()] == ["*.png)", "*.csv)", "*.csv)", "*.csv)"]
    dialog.filterSelected.emit("Mistakes (*.csv)")
    dialog.fileSelected.emit(str(tmp_path / "mistakes.csv"))
    dialog.close()
    qtbot.waitUntil(lambda: (tmp_path / "mistakes.csv").is_file(), timeout=LONG)
    assert (tmp_path / "mistakes.csv").read_text().startswith("path,index,true,answered")
    qtbot.waitUntil(lambda: "Written" in page.view.caption.text(), timeout=LONG)


def test_that_the_arrow_of_the_order_leaves_the_title_free(qtbot):
    table = ClassTable()
    qtbot.addWidget(table)
    title = str(table.model().headerData(ERROR, Qt.Orientation.Horizontal))
    room = table.fontMetrics().horizontalAdvance(title) - table.fontMetrics().horizontalAdvance(title.rstrip())
    assert room >= table.style().pixelMetric(QStyle.PixelMetric.PM_HeaderMarkSize, None, table.horizontalHeader()) // 2


@pytest.fixture
def holiday(tmp_path):
    """Four photos of two classes that the model knows, called in another case, and of one that it does not."""
    folder, chance = tmp_path / "holiday", np.random.default_rng(3)
    for name, count in (("Newt", 3), ("OWL", 1), ("zebra", 1)):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = chance.integers(0, 256, (32, 32, 3), np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
    return folder


def test_that_a_model_is_evaluated_on_a_folder_of_ones_own(panel, qtbot, run, holiday):
    page = evaluate(qtbot, panel, run)
    panel.evaluations.evaluate_folder(str(holiday))
    qtbot.waitUntil(lambda: not panel.evaluations.is_on(), timeout=LONG)
    assert page.split.currentText() == "holiday"
    assert page.note.text() == "The class zebra: zoo-1 does not know it, so its 1 image is not measured."
    assert panel.evaluations._shown.pictures == 4
    assert [int(each) for each in panel.evaluations._shown.confusion.sum(axis=1)] == [3, 1, 0]
    assert read_evaluations(run) == (), "only what was measured on the run's own images is kept"
    page.split.setCurrentIndex(page.split.findData("test"))
    assert not page.note.isVisible()
    page.split.setCurrentIndex(page.split.findData(FOLDER))
    assert page.note.isVisible()


def test_that_a_cell_of_such_an_evaluation_shows_its_photos(panel, qtbot, run, holiday):
    page = evaluate(qtbot, panel, run)
    panel.evaluations.evaluate_folder(str(holiday))
    qtbot.waitUntil(lambda: panel.evaluations._measured is not None, timeout=LONG)
    true, answered = (int(each) for each in np.argwhere(panel.evaluations._shown.confusion > 0)[0])
    page.view.cell_wanted.emit(true, answered)
    qtbot.waitUntil(lambda: any(panel.evaluations._openable), timeout=LONG)
    assert all(each.startswith(str(holiday)) for each in panel.evaluations._openable)


def test_that_another_run_forgets_the_folder(panel, qtbot, run, holiday, tmp_path, pictures):
    page = evaluate(qtbot, panel, run)
    panel.evaluations.evaluate_folder(str(holiday))
    qtbot.waitUntil(lambda: panel.evaluations._measured is not None, timeout=LONG)
    evaluate(qtbot, panel, write_run(tmp_path / "zoo-2", pictures))
    assert page.split.findData(FOLDER) < 0
