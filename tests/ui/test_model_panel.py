"""What Filters and Inside have in common: a model is chosen, or cannot be read and gives way to the one before."""

import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.ui.job import Failure
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.models.model_panel import ModelPanel
from alexnet_app.ui.parts.model_chooser import ModelChooser

FAILURE = Failure(UserError("{path} is no model", path="b"), "")


class Panel(ModelPanel):
    def __init__(self):
        super().__init__()
        self.chooser, self.banner = ModelChooser(self), Banner(self)
        self.looked, self.left = [], []

    def _chooser(self):
        return self.chooser

    def _look(self):
        self.looked.append(self.chooser.path())

    def _leave_model(self, path):
        assert self.banner.isHidden(), "looking at another model would take the sentence away"
        self.left.append((path, self.chooser.path()))


@pytest.fixture
def panel(qtbot):
    made = Panel()
    qtbot.addWidget(made)
    made.set_models([("first", "a"), ("second", "b")])
    made.chooser.confirm()
    return made


def test_that_what_is_chosen_is_looked_at(panel):
    panel.choose_model("b")
    assert panel.looked == ["a", "b"]


def test_that_a_chosen_model_that_cannot_be_read_is_left_and_said(panel):
    panel.show()
    panel.choose_model("b")
    panel.refuse_model("b", FAILURE)
    assert panel.left == [("b", "a")]
    assert "b is no model" in panel.banner.text().lower()


def test_that_nothing_is_said_where_nobody_looks_or_of_another_model(panel):
    panel.choose_model("b")
    panel.refuse_model("b", FAILURE)
    assert panel.left == [("b", "a")]
    assert panel.banner.isHidden()
    panel.show()
    panel.refuse_model("b", FAILURE)
    assert panel.left == [("b", "a")]
    assert panel.banner.isHidden()
