"""The end of a training in one sentence."""

import numpy as np

from alexnet_app.core.inference.evaluation import Evaluation, Member
from alexnet_app.core.inference.outcome import PhotosOutcome, outcome_of


def test_that_the_sentence_has_the_interval_and_what_guessing_would_be():
    assert str(PhotosOutcome(61, 70, "test", "ants", 38).sentence) == (
        "Right on 61 of 70 images it had not seen (87 %, between 77 and 93 %); always answering ants would be 54 %."
    )


def test_that_it_says_where_it_cannot_be_told_from_guessing_and_who_chose_the_epoch():
    notes = [str(each) for each in PhotosOutcome(9, 16, "validation", "ants", 8, chosen_by=True).notes]
    assert len(notes) == 3
    assert "guessing" in notes[0]
    assert "16 images are few" in notes[1]
    assert "chosen by these images" in notes[2]
    assert not PhotosOutcome(61, 70, "test", "ants", 38).notes


def test_that_the_facts_are_those_of_the_evaluation():
    confusion = np.array([[30, 8], [1, 31]])
    made = Evaluation("photos", "test", 1, (Member("m"),), ("ants", "bees"), 0.3, 9 / 70, 0.0, confusion, ())
    assert outcome_of(made) == PhotosOutcome(61, 70, "test", "ants", 38)
