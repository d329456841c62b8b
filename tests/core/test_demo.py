"""The newcomer's first command, as it is typed."""

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]


@pytest.mark.whole
def test_that_the_demo_trains_classifies_and_draws(tmp_path):
    out = tmp_path / "demo"
    command = [sys.executable, str(ROOT / "main.py"), "demo", "--out", str(out), "--seed", "4"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=290, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert Path(found["run"]) == out / "run"
    assert found["top1_error"] <= 0.10
    assert found["images_per_second"] > 0
    assert [(each["name"], each["kernels"]) for each in found["specialization"]["towers"]] == [("A", 24), ("B", 24)]
    assert "kernels have learned" in done.stderr

    held_out = sorted((out / "held-out").glob("*/*.png"))
    assert len(held_out) >= 500
    with (out / "predictions.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(row["path"] for row in rows) == [str(path) for path in held_out]
    wrong = sum(row["label1"] != Path(row["path"]).parent.name for row in rows) / len(rows)
    assert abs(wrong - found["top1_error"]) <= 0.03

    for name in ("curves.png", "filters.png"):
        with Image.open(out / name) as picture:
            assert picture.width > 400
            assert len(picture.convert("RGB").getcolors(1 << 24)) > 50


def test_that_the_demo_leaves_a_folder_alone_that_has_something_in_it(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    command = [sys.executable, str(ROOT / "main.py"), "demo", "--out", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
