"""torchvision's AlexNet is offered in every list of models; before, each entry says what the model knows."""

import shutil
import threading
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress
from alexnet_app.core.runs.listing import bundled_models, models_folder, sample_model
from alexnet_app.ui.models import fetching
from alexnet_app.ui.models.jobs import Brought
from alexnet_app.ui.models.knowledge import words_for
from alexnet_app.ui.parts.form.path_box import ACTION, FETCH
from alexnet_app.ui.parts.model_chooser import FETCH as IN_LIST

LONG = 60_000


class Server:
    """Gives a model once it may; ``closed`` counts downloads that were left early."""

    def __init__(self):
        self.may_send, self.closed, self.fails = threading.Semaphore(0), 0, False

    def fetching(self, folder):
        try:
            yield Progress("download", 100_000_000, 233_000_000, "bytes")
            assert self.may_send.acquire(timeout=30)
            if self.fails:
                raise UserError("the file from {url} is not the expected one", url="https://x")
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / "torchvision-alexnet.alexnet"
            shutil.copy(sample_model(), path)
            yield Brought(Path("x"), path, "torchvision", 1000, ())
        except GeneratorExit:
            self.closed += 1
            raise


@pytest.fixture
def server(monkeypatch):
    server = Server()
    monkeypatch.setattr(fetching, "fetching_torchvision", server.fetching)
    yield server
    server.may_send.release(9)


def entries(box):
    return [box.itemText(place) for place in range(box.count())]


def list_of(chooser):
    return chooser.findChild(QComboBox)


def get(chooser):
    box = list_of(chooser)
    box.activated.emit(box.findData(IN_LIST))


def waits(qtbot, window, words):
    qtbot.waitUntil(lambda: words in window.fetch.text(), timeout=LONG)


def test_that_each_entry_says_what_the_model_knows(window, qtbot):
    classify, setup = window.tabs.classify, window.tabs.train.setup
    qtbot.waitUntil(lambda: list_of(classify.chooser).count() > 4, timeout=LONG)
    said = entries(list_of(classify.chooser))
    assert "photo-towers, bundled · 200 everyday things" in said
    assert "cifar-towers, bundled · 10 CIFAR classes" in said
    assert "shapes-towers, bundled · striped figures" in said
    assert said[-1] == "Get torchvision's AlexNet (1,000 classes, 233 MB)"
    assert said[:3] == entries(list_of(window.tabs.filters.bar.chooser))[:3]
    form = entries(setup.form.row("init").editor)
    assert "photo-towers, bundled · 200 everyday things" in form
    assert form[-1] == said[-1]


def test_that_it_becomes_the_model_where_it_was_asked_for(window, qtbot, server):
    window.tabs.setCurrentWidget(window.tabs.classify)
    get(window.tabs.classify.chooser)
    waits(qtbot, window, "100 MB of 233 MB")
    assert window.fetch.isVisible()
    server.may_send.release()
    path = str(models_folder() / "torchvision-alexnet.alexnet")
    qtbot.waitUntil(lambda: window.tabs.classify.chooser.path() == path, timeout=LONG)
    assert window.tabs.filters.bar.chooser.path() != path
    waits(qtbot, window, "is among the models")


def test_that_a_training_can_begin_with_it(window, qtbot, server):
    editor = window.tabs.train.setup.form.row("init").editor
    place = next(at for at in range(editor.count()) if editor.itemData(at, ACTION) == FETCH)
    editor._choose(place)
    server.may_send.release()
    path = str(models_folder() / "torchvision-alexnet.alexnet")
    qtbot.waitUntil(lambda: window.tabs.train.setup.form.values()["init"] == path, timeout=LONG)


def test_that_it_can_be_cancelled(window, qtbot, server):
    get(window.tabs.classify.chooser)
    waits(qtbot, window, "100 MB of 233 MB")
    before = window.tabs.classify.chooser.path()
    window.fetch.cancel_action.trigger()
    server.may_send.release()
    qtbot.waitUntil(lambda: not window.fetch.is_on(), timeout=LONG)
    assert server.closed == 1
    assert window.tabs.classify.chooser.path() == before


def test_that_a_wrong_file_is_told(window, qtbot, server):
    server.fails = True
    window.tabs.setCurrentWidget(window.tabs.classify)
    get(window.tabs.classify.chooser)
    server.may_send.release()
    qtbot.waitUntil(lambda: "not the expected one" in window.tabs.classify.banner.text(), timeout=LONG)


def test_that_one_that_is_there_is_not_downloaded_again(home, tmp_path, monkeypatch):
    (tmp_path / "torchvision-alexnet.alexnet").write_bytes(bundled_models()[0].read_bytes())
    monkeypatch.setattr(fetching, "NETWORK", "photo-towers")
    (found,) = fetching.fetching_torchvision(tmp_path)
    assert found.path == tmp_path / "torchvision-alexnet.alexnet"


@pytest.mark.parametrize(
    ("classes", "data", "words"),
    [
        (("ants", "bees"), "/photos", "ants, bees"),
        (tuple(map(str, range(12))), "/photos", "12 classes"),
        (tuple(map(str, range(1000))), "", "1,000 ImageNet classes"),
        (("a" * 50, "b"), "", "2 classes"),
    ],
)
def test_that_what_a_model_knows_is_said_in_a_few_words(classes, data, words):
    assert words_for(classes, data) == words
