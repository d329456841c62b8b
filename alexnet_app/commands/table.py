"""The commands: their names, where each is, and what the help says of it. The standard library only, of any Python.

``packaging/start.py`` reads it before there is an environment, to tell a command from a path.
"""

from typing import NamedTuple


class Entry(NamedTuple):
    """A command: the module in this folder that has its ``arguments`` and its ``run``, and its line in the help."""

    module: str
    help: str


COMMANDS = {
    "train": Entry("train", "train a network, or continue a run"),
    "prepare": Entry("prepare", "decode and scale a data set once, before training"),
    "classify": Entry("classify", "classify pictures"),
    "evaluate": Entry("evaluate", "measure the error of models, and show their mistakes"),
    "filters": Entry("filters", "draw the kernels of each tower"),
    "networks": Entry("networks", "list the networks, or the layers of one of them"),
    "import": Entry("import_model", "convert weights of torchvision, Caffe or ONNX to a model"),
    "export": Entry("export_model", "write a model as ONNX, PyTorch weights or .alexnet"),
    "presets": Entry("presets", "list the configurations that come with the program"),
    "experiment": Entry("experiment", "repeat one of the paper's experiments, or list them"),
    "bench": Entry("bench", "benchmark the program against common alternatives"),
    "demo": Entry("demo", "train, classify and draw filters on the sample data, in about two minutes"),
}
