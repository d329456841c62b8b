"""Models and checkpoints that an earlier version wrote, without a checksum: it is said, calmly and once."""

from alexnet_app.core.events import Resumed
from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.jobs import ModelAbout
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.train import run_end

SAID = "made by an earlier version: it carries no checksum"


def test_that_the_line_about_a_model_says_that_it_carries_no_checksum():
    about = ("/m.alexnet", "shapes-towers", ("a", "b"), "shapes", 3, 0.1)
    assert words.about(ModelAbout(*about, checked=False)).endswith(SAID)
    assert SAID not in words.about(ModelAbout(*about))


def test_that_a_resume_says_in_what_it_is_not_as_before():
    assert run_end.resumed(Resumed(3, 1, 100, 2)) == ""
    older = run_end.resumed(Resumed(3, 1, 100, 2, checked=False))
    assert older == "The checkpoint was made by an earlier version: it carries no checksum. The next one will."
    lost = Resumed(3, 1, 100, 2, exact=False, difference="lines of events.jsonl are missing")
    assert run_end.resumed(lost) == "Resumed, but not bit for bit: lines of events.jsonl are missing."


def test_that_a_note_that_no_longer_holds_is_taken_back_and_no_other(qtbot):
    banner = Banner()
    qtbot.addWidget(banner)
    banner.replace_note("the first resume")
    assert banner.text() == "the first resume"
    banner.replace_note("")
    assert banner.text() == ""
    banner.replace_note("the second")
    banner.show_error("something else")
    banner.replace_note("")
    assert banner.text() == "something else"
