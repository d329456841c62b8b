"""The commands: their names, where each is, and what the help says of it. The standard library only, of any Python.

``packaging/start.py`` reads it before there is an environment, to tell a command from a path.
"""

from typing import NamedTuple


class CommandEntry(NamedTuple):
    """A command: the module in this folder that has its ``arguments`` and its ``run``, its line in the help, and the
    heaviest that it loads: "torch", "numpy" or nothing.
    """

    module: str
    help: str
    loads: str = "torch"


COMMANDS = {
    "train": CommandEntry("train", "train a network, or continue a run"),
    "lr-range": CommandEntry("lr_range", "find a learning rate: a short training in which it grows"),
    "ask": CommandEntry("ask", "set the learning rate of a run in progress, pause, save or stop it"),
    "runs": CommandEntry("runs", "list the runs, follow or stop one, export or import one", "numpy"),
    "queue": CommandEntry("queued_runs", "list, order and train the runs that wait for their turn", "numpy"),
    "rename": CommandEntry("rename", "give a run another name, a note or tags, or archive it", ""),
    "inspect": CommandEntry("inspect", "show what is understood of a data set, without training", "numpy"),
    "prepare": CommandEntry("prepare", "decode and scale a data set once, before training", "numpy"),
    "classify": CommandEntry("classify", "classify pictures"),
    "explain": CommandEntry("explain", "show why a picture gets its class, and which tower says so"),
    "activations": CommandEntry("activations", "draw what every layer makes of a picture, tower by tower"),
    "units": CommandEntry("units", "draw what single units answer to, what they want, and who uses them"),
    "index": CommandEntry("index", "compute what a model makes of every image of a data set"),
    "neighbours": CommandEntry("neighbours", "find the images of an index that are most like a picture"),
    "evaluate": CommandEntry("evaluate", "measure the error of models, and show their mistakes"),
    "filters": CommandEntry("filters", "draw the kernels of each tower, or the film of their training"),
    "networks": CommandEntry("networks", "list the networks, or the layers of one of them", ""),
    "import": CommandEntry("import_model", "convert weights of torchvision, Caffe or ONNX to a model"),
    "export": CommandEntry("export_model", "write a model as ONNX, PyTorch weights or .alexnet"),
    "presets": CommandEntry("presets", "list the configurations that come with the program", ""),
    "experiment": CommandEntry("experiment", "repeat one of the paper's experiments, or list them", "numpy"),
    "bench": CommandEntry("bench", "benchmark the program against common alternatives", ""),
    "demo": CommandEntry("demo", "train, classify and draw filters on the sample data, in about two minutes"),
}
