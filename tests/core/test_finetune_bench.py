"""What the benchmark of fine-tuning prints beside its errors."""

from PIL import Image

from tests.bench.finetune import largest_class_error, told


def test_that_errors_have_a_standard_error_and_a_range():
    assert told([0.2, 0.3, 0.4]) == "error 30.0% ± 5.8% (20.0% to 40.0%)"
    assert told([0.25]) == "error 25.0% (25.0% to 25.0%)"


def test_that_the_largest_class_is_that_of_training_and_is_wrong_for_all_others(tmp_path):
    for split, counts in {"train": (3, 5), "val": (6, 2)}.items():
        for name, count in zip(("ants", "bees"), counts, strict=True):
            folder = tmp_path / split / name
            folder.mkdir(parents=True)
            for place in range(count):
                Image.new("RGB", (8, 8)).save(folder / f"{place}.png")
    assert largest_class_error(str(tmp_path)) == 0.75
