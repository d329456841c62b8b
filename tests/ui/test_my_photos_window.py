"""One's own photos in the window: settings chosen by their number, the result in a sentence, labels corrected."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_app.core.data.sources.corrections import corrections_in
from alexnet_app.core.runs.naming import label_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.my_photos import choose
from alexnet_app.ui.parts.picture_strip import Captioned
from alexnet_app.ui.train import data_of_run
from alexnet_app.ui.train.goals import Goal
from alexnet_app.ui.train.views.result_view import ResultView

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 200_000


@pytest.fixture
def photos(tmp_path):
    """12 photos to train on and 4 to validate with of each of two classes that cannot be told apart."""
    folder, chance = tmp_path / "ants-bees", np.random.default_rng(0)
    for split, count in (("train", 12), ("val", 4)):
        for name in ("ants", "bees"):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(0, 255, (64, 64, 3), np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{number}.png")
    return folder


@pytest.fixture
def quick(monkeypatch):
    """Settings as they are chosen, but of one epoch."""

    def chosen(*given):
        found = choose(*given)
        quick = replace(found.config.optimization, milestones=())
        return replace(found, config=replace(found.config, epochs=1, optimization=quick))

    monkeypatch.setattr(data_of_run, "choose", chosen)


def counted(qtbot, window, folder):
    """Has ``folder`` read for a run."""
    train = window.tabs.train
    train.setup.use_photos(str(folder))
    train.setup.estimate_anew()
    qtbot.waitUntil(lambda: train.setup.run_name() != "", timeout=LONG)
    return train


def trained(qtbot, window, folder):
    train = counted(qtbot, window, folder)
    train.start()
    qtbot.waitUntil(lambda: train.result._result is not None and train.result._job is None, timeout=LONG)
    return train


@SLOW
def test_that_the_settings_are_chosen_by_the_photos_and_said_why(window, qtbot, photos):
    train = counted(qtbot, window, photos)
    values, page = train.setup.form.values(), train.data._room.page
    assert train.setup.goals.goal() == Goal.PHOTOS
    assert values["init"] == "bundled:photo-towers"
    assert values["finetune.freeze"] == "conv"
    assert values["data"] == str(photos)
    assert "only the dense layers learn" in page.plan.text()
    assert page.isVisible()
    qtbot.waitUntil(lambda: "at most on this computer" in page.plan.text(), timeout=LONG)


@SLOW
def test_that_what_a_person_adjusts_stays(window, qtbot, photos):
    train = counted(qtbot, window, photos)
    train.setup.form.row("epochs").set_value(5)
    train.setup.form.row("epochs").edited.emit("epochs")
    read = train.data._room._read
    train.data._room.understood.emit(read)
    assert train.setup.form.values()["epochs"] == 5
    assert train.setup.config().epochs == 5


@SLOW
def test_that_a_folder_chosen_as_the_data_is_not_trained_on_from_scratch(window, qtbot, photos):
    train = window.tabs.train
    train.setup.form.row("data").editor.take(str(photos))
    assert train.setup.goals.goal() == Goal.PHOTOS
    train.setup.estimate_anew()
    qtbot.waitUntil(lambda: train.setup.run_name() == "ants-bees", timeout=LONG)


@SLOW
def test_that_a_start_before_the_photos_are_counted_waits_for_them(window, qtbot, photos, quick):
    train = window.tabs.train
    train.setup.use_photos(str(photos))
    train.setup.estimate_anew()
    train.start()
    assert not train.is_training()
    qtbot.waitUntil(train.is_training, timeout=LONG)
    assert train.setup.form.values()["epochs"] == 1
    train.control.stop()
    qtbot.waitUntil(lambda: not train.control.is_on(), timeout=LONG)


@SLOW
def test_that_the_end_says_how_good_it_is_and_labels_can_be_corrected(window, qtbot, photos, quick, monkeypatch):
    opened = []
    monkeypatch.setattr("alexnet_app.ui.train.result.QDesktopServices.openUrl", lambda url: opened.append(url))
    train = trained(qtbot, window, photos)
    page, result = train.result.page, train.result._result
    assert page.isVisible()
    assert label_of(result.folder).name == page.title.text() == "ants-bees"
    assert page.sentence.text().startswith(f"Right on {result.judged.outcome.right} of 8 images it had not seen (")
    assert "Finished after 1 epochs" in page.notes.text()

    mistakes = result.judged.evaluation.mistakes
    assert page.mistakes.count() == len(mistakes) > 0
    page.mistakes.itemActivated.emit(page.mistakes.item(0))
    assert opened[0].toLocalFile() == mistakes[0].path

    page.mistakes.setCurrentRow(0)
    assert page.classes.currentIndex() == mistakes[0].answered
    page.correct.click()
    qtbot.waitUntil(lambda: "1 label corrected in labels.csv" in page.state.text(), timeout=LONG)
    (row,) = corrections_in(str(photos))
    assert Path(mistakes[0].path).is_file()
    assert row.label == result.judged.evaluation.classes[mistakes[0].answered]
    assert page.mistakes.texts()[0].startswith("corrected:")
    page.undo.click()
    qtbot.waitUntil(lambda: page.state.text() == "", timeout=LONG)
    assert corrections_in(str(photos)) == ()
    assert not page.undo.isEnabled()

    page.correct.click()
    qtbot.waitUntil(lambda: page.undo.isEnabled(), timeout=LONG)
    page.again.click()
    qtbot.waitUntil(train.is_training, timeout=LONG)
    qtbot.waitUntil(lambda: not train.control.is_on(), timeout=LONG)
    qtbot.waitUntil(lambda: train.result._result is not None and train.result._result is not result, timeout=LONG)
    assert train.result.page.title.text() == "ants-bees 2"


@SLOW
def test_that_a_few_photos_are_answered_while_it_trains(window, qtbot, photos, quick):
    train = trained(qtbot, window, photos)
    strip = train._live.test.strip
    qtbot.waitUntil(lambda: "after 1 epoch" in train._live.test.title.text(), timeout=LONG)
    assert strip.count() == 8
    assert {path for path in train.test._photos.paths if "/val/" in path} == {*train.test._photos.paths}
    assert all(text.startswith(("✓", "✗")) for text in strip.texts())
    others = [str(each) for each in sorted((photos / "train" / "ants").iterdir())[:3]]
    train.test.use(others)
    qtbot.waitUntil(lambda: train.test._answers.answers.keys() == {*others}, timeout=LONG)
    assert strip.count() == 3
    assert strip.texts()[0].endswith("0.png")
    train._live.test.closed.emit()
    assert train._live.test.isHidden()


def test_that_the_live_test_says_why_it_cannot_be_made(window):
    action = window.tabs.train.test.action
    assert not action.isEnabled()
    assert action.toolTip() == "No run is in progress"


@SLOW
def test_that_the_model_is_offered_by_the_name_of_the_run(window, qtbot, photos, quick):
    train = trained(qtbot, window, photos)
    chooser = window.tabs.classify.chooser
    qtbot.waitUntil(lambda: any("ants-bees, best · ants, bees" in label for label, _ in chooser._models), timeout=LONG)
    train.result.page.classify.click()
    assert window.tabs.currentWidget() is window.tabs.classify
    assert Path(chooser.path()).parent == train.result._folder


def test_that_a_run_is_named_and_noted_among_the_past_ones(window, qtbot, tmp_path):
    past = window.tabs.train.past
    run = Run.create(window.tabs.train.setup.runs.folder() / "one", 'network = "shapes-towers"\ndata = "shapes"\n')
    past.look_again()
    qtbot.waitUntil(lambda: str(run.folder) in past._runs, timeout=LONG)
    past.list.choose(str(run.folder))
    past.list.rename_action.trigger()
    dialog = next(each for each in past.children() if type(each).__name__ == "RunNameDialog")
    dialog.name.setText("garden ants")
    dialog.note.setPlainText("with flash")
    dialog.accept()
    qtbot.waitUntil(lambda: past._runs[str(run.folder)].name == "garden ants", timeout=LONG)
    assert "with flash" in past.list.rows()[0].detail
    assert run.folder.is_dir()


def test_that_what_was_corrected_is_said_whole_in_a_window_of_middle_width(qtbot):
    page = ResultView()
    qtbot.addWidget(page)
    page.resize(820, 600)  # beside the settings, in a window of 1080 pixels
    page.show_mistakes("Mistakes", [Captioned(("ant", "bee", "0.9", "a.jpg"), "a.jpg")], ["ant", "bee"], "")
    said = "1,234 labels corrected in labels.csv beside the photos; train again to learn from them"
    page.show_corrections(said, can_undo=True)
    page.show()
    assert page.state.fitting() == said
    page.show_corrections("", can_undo=False)
    assert not page.state.isVisible()
