"""The window is there before what takes long to load, and also where that cannot be loaded."""

import json
import os
import sys
from pathlib import Path

import pytest
from screen import ROOT, wait_for

HERE = Path(__file__).parent
HEAVY = {"torch", "torchvision", "pyqtgraph", "matplotlib", "PIL"}

pytestmark = pytest.mark.timeout(280)


@pytest.fixture
def broken_torch(tmp_path):
    """A folder to put first on the path."""
    folder = tmp_path / "broken"
    (folder / "torch").mkdir(parents=True)
    (folder / "torch" / "__init__.py").write_text('raise ImportError("libtorch_cpu.so: no such file")\n')
    return folder


def test_that_the_window_is_painted_before_anything_large_is_loaded(screen):
    told = screen.home / "painted.json"
    variables = {"PYTHONPATH": str(HERE / "first_paint"), "ALEXNET_PAINTED": str(told)}
    process = screen.run(sys.executable, str(ROOT / "main.py"), variables=variables)
    wait_for(told.exists, "the first paint")
    assert not HEAVY & set(json.loads(told.read_text())["loaded"])
    process.terminate()
    assert process.wait(60) == 0


def test_that_a_torch_that_cannot_be_loaded_is_told_and_the_window_lives(screen, program, broken_torch):
    app = program(PYTHONPATH=os.pathsep.join([str(HERE / "inside"), str(broken_torch)]))
    app.wait("'libtorch_cpu.so: no such file' in window.tabs.train.banner.text()")
    assert app.ask("window._headline.text()") == ""
    app.click("Close")
    app.wait("window.tabs.train.banner.text() == ''")
    app.go_to("Filters")
    app.wait("window.tabs.filters.isVisible()")
    app.go_to("Train")
    app.click("Train on the sample data")
    app.wait(
        "'libtorch_cpu.so: no such file' in window.tabs.train.banner.text() and not window.tabs.train.is_training()"
    )
    screen.output("wmctrl", "-i", "-c", screen.window("AlexNet App"))
    assert app.ended() == 0
