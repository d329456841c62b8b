"""Whether a model is as often right as it is sure, and that the answers it is told from are kept."""

import json
from dataclasses import replace

import numpy as np
import pytest

from alexnet_app.core.inference.calibration import BINS, calibration_of
from alexnet_app.core.inference.evaluation import Evaluation, Member, SplitAnswers
from alexnet_app.core.inference.evaluation_file import read_evaluation, write_evaluation


def made():
    true, answered = np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1])
    sure = np.array([0.9, 0.6, 0.8, 0.7])
    confusion = np.array([[1, 1], [0, 2]])
    known = SplitAnswers(true, answered, sure)
    return Evaluation("d", "test", 1, (Member("m"),), ("a", "b"), 0.5, 0.25, 0.0, confusion, (), answers=known)


def test_that_a_model_that_is_right_as_often_as_it_is_sure_has_no_error():
    sure = np.full(1000, 0.7)
    found = calibration_of(sure, np.arange(1000) < 700)
    assert found.error == pytest.approx(0)
    assert [each.count for each in found.bins if each.count] == [1000]


def test_that_the_error_is_how_far_confidence_and_accuracy_are_apart():
    sure = np.array([0.95] * 10 + [0.55] * 30)
    right = np.array([True] * 5 + [False] * 5 + [True] * 30)
    assert calibration_of(sure, right).error == pytest.approx((10 * 0.45 + 30 * 0.45) / 40)


@pytest.mark.parametrize("sure", [0.0, 1e-9, 1.0])
def test_that_the_ends_belong_to_a_bin(sure):
    found = calibration_of(np.array([sure]), np.array([True]))
    assert sum(each.count for each in found.bins) == 1
    assert len(found.bins) == BINS


def test_that_a_cell_has_its_images_the_surest_first():
    assert made().answers.cell(1, 1).tolist() == [2, 3]
    assert made().answers.cell(0, 1).tolist() == [1]
    assert made().answers.cell(1, 0).tolist() == []


def test_that_the_answers_are_kept_and_read(tmp_path):
    path = tmp_path / "evaluation-test-1.json"
    write_evaluation(path, made())
    read = read_evaluation(path)
    assert read.answers.true.tolist() == [0, 0, 1, 1]
    assert read.calibration.error == pytest.approx(made().calibration.error)


def test_that_an_evaluation_without_answers_is_read(tmp_path):
    path = tmp_path / "evaluation-test-1.json"
    write_evaluation(path, replace(made(), answers=None))
    read = read_evaluation(path)
    assert read.answers is None
    assert read.calibration is None


def test_that_answers_that_are_not_those_that_were_counted_are_refused(tmp_path):
    path = tmp_path / "evaluation-test-1.json"
    write_evaluation(path, made())
    plain = json.loads(path.read_text())
    plain["answers"]["answered"][0] = 1
    path.write_text(json.dumps(plain))
    assert read_evaluation(path) is None
