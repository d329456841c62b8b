"""Arguments to the window or to one headless command. ``--help`` needs nothing but the standard library."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from alexnet_app import __version__
from alexnet_app.core.memory import share_one_heap


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")


COMMANDS = (
    "train",
    "prepare",
    "classify",
    "evaluate",
    "filters",
    "networks",
    "import",
    "export",
    "presets",
    "experiment",
    "bench",
    "demo",
)


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    top = _Parser(
        prog="alexnet-app",
        usage="%(prog)s [PATH ...]\n       %(prog)s COMMAND ...",
        description="Train AlexNet, show it pictures, see what its two towers have learned.",
        epilog="Without a command the window opens, and in it the pictures, folders, models and run folders given as "
        "PATH. A path that is called like a command is written ./PATH.",
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser, prog="alexnet-app"
    )
    _add_train(commands.add_parser("train", help="train a network, or go on with a run"))
    _add_prepare(commands.add_parser("prepare", help="decode and scale a data set once, before training"))
    _add_classify(commands.add_parser("classify", help="say what is on pictures"))
    _add_evaluate(commands.add_parser("evaluate", help="say how often models are wrong, and where"))
    _add_filters(commands.add_parser("filters", help="draw the kernels of each tower"))
    _add_networks(commands.add_parser("networks", help="list the networks, or the layers of one of them"))
    _add_import(commands.add_parser("import", help="make a model from weights of torchvision, Caffe or ONNX"))
    _add_export(commands.add_parser("export", help="write a model as ONNX, for torch, or as a copy"))
    presets = commands.add_parser("presets", help="list the configurations that come with the program")
    presets.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")
    _add_experiment(commands.add_parser("experiment", help="repeat one of the paper's experiments, or list them"))
    _add_bench(commands.add_parser("bench", help="measure how fast this program is beside what people use else"))
    demo = commands.add_parser("demo", help="train, classify and draw filters on the sample data, in about two minutes")
    demo.add_argument("--out", metavar="DIR", help="a new folder for all that is made (default: alexnet-demo)")
    demo.add_argument("--seed", type=int, default=1, metavar="N", help="where all chance starts (default: 1)")
    demo.add_argument("--json", action="store_true", help="accepted for symmetry: the last line is JSON in any case")
    return top


def _add_train(train: argparse.ArgumentParser) -> None:
    what = train.add_mutually_exclusive_group(required=True)
    what.add_argument("--preset", metavar="NAME|FILE.toml", help="a configuration: see the command presets")
    what.add_argument("--resume", metavar="RUN", help="a run folder: go on from its last checkpoint")
    train.add_argument("--data", metavar="DIR|ARCHIVE", help="a folder with a folder per class, or a CIFAR-10 archive")
    train.add_argument("--download", action="store_true", help="fetch CIFAR-10 (170 MB) if it is not here yet")
    train.add_argument("--run", metavar="DIR", help="a new folder for the run (default: in AlexNet/runs at home)")
    train.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="change a setting, as often as wanted",
    )
    train.add_argument("--init", metavar="FILE|bundled:NAME", help="a model to begin with instead of start values")
    train.add_argument("--freeze", metavar="LAYERS", help='layers that stay as they are: "conv", or conv1,conv2 …')
    train.add_argument(
        "--rate-factor",
        action="append",
        metavar="LAYER=N",
        dest="rate_factors",
        help="let a layer learn at N times the rate, as often as wanted",
    )
    train.add_argument("--device", metavar="NAME", help='"auto", "cpu", "cuda", "cuda:1" …')
    train.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_prepare(prepare: argparse.ArgumentParser) -> None:
    prepare.add_argument("data", nargs="?", metavar="DIR|ARCHIVE", help="a folder with a folder per class, or ImageNet")
    prepare.add_argument("--side", type=int, metavar="N", help="height and width of the pictures (default: 256)")
    prepare.add_argument("--network", metavar="NAME", help="the side that it reads (cifar-towers: 32)")
    storages, room = ("auto", "raw", "jpeg"), "raw is faster, jpeg takes an eighth of the room"
    prepare.add_argument("--storage", choices=storages, default="auto", help=room)
    prepare.add_argument("--verify", action="store_true", help="read all of it and compare checksums")
    prepare.add_argument("--list", action="store_true", help="list the prepared sets that are kept")
    prepare.add_argument("--delete", metavar="NAME", help="delete one of them")
    prepare.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_classify(classify: argparse.ArgumentParser) -> None:
    classify.add_argument("paths", nargs="+", metavar="PATH", help="pictures, or folders to be searched")
    classify.add_argument("--model", metavar="FILE", help="an .alexnet file (default: the bundled model)")
    classify.add_argument("--top", type=int, default=5, choices=range(1, 6), metavar="N", help="1 to 5 answers each")
    classify.add_argument("--ten-view", action="store_true", help="average ten views: slower, a little better")
    rounding = "fp32 (default): the same answers on any processor; bf16: rounded, faster where the processor has it"
    classify.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help=rounding)
    classify.add_argument("--csv", metavar="FILE", help="write the answers as a table too")
    classify.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_evaluate(evaluate: argparse.ArgumentParser) -> None:
    evaluate.add_argument("models", nargs="+", metavar="MODEL", help="run folders or .alexnet files; several: averaged")
    evaluate.add_argument("--data", metavar="DIR|ARCHIVE", help='or "shapes", "cifar10" (default: the run\'s own)')
    evaluate.add_argument("--split", choices=("test", "validation", "train"), help="default: test, else validation")
    evaluate.add_argument("--ten-view", action="store_true", help="average ten views: slower, a little better")
    evaluate.add_argument("--device", metavar="NAME", help='"auto", "cpu", "cuda", "cuda:1" …')
    kept = "fp32 (default): to compare; tf32, bf16: rounded, faster where the device has it, not kept with the run"
    evaluate.add_argument("--precision", choices=("fp32", "tf32", "bf16"), default="fp32", help=kept)
    evaluate.add_argument("--out", metavar="FILE.json", help="write everything; a run keeps its own in any case")
    evaluate.add_argument("--csv", metavar="FILE", help="write the table of classes")
    evaluate.add_argument("--confusion", metavar="PNG", help="draw which classes are taken for which")
    evaluate.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_filters(filters: argparse.ArgumentParser) -> None:
    filters.add_argument("--model", required=True, metavar="FILE", help="an .alexnet file")
    filters.add_argument("--layer", default="conv1", metavar="NAME", help="conv1, conv2 … (default: conv1)")
    filters.add_argument("--out", required=True, metavar="PNG", help="the picture to write")
    _add_scale(filters)
    filters.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_scale(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--scale",
        choices=("own", "common"),
        default="own",
        help="draw each kernel by its own largest weight, or all kernels of a model on one scale (default: own)",
    )


def _add_networks(networks: argparse.ArgumentParser) -> None:
    networks.add_argument("name", nargs="?", metavar="NAME", help="its layers, and how it differs from the paper")
    networks.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="ablation.KEY=VALUE",
        dest="settings",
        help="without a part of it, as in a training",
    )
    networks.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_import(import_: argparse.ArgumentParser) -> None:
    import_.add_argument("file", metavar="FILE|torchvision", help="a .pth, .safetensors, .caffemodel or .onnx file")
    import_.add_argument(
        "--as",
        dest="kind",
        choices=("torch", "torchvision", "caffe", "onnx"),
        help="its format, if the name is ambiguous",
    )
    import_.add_argument(
        "--network", metavar="NAME", help="which network it is, where several have layers of its shapes"
    )
    import_.add_argument("--download", action="store_true", help="fetch torchvision's published weights (233 MB)")
    import_.add_argument("--labels", metavar="FILE", help="the classes, one name a line, such as synset_words.txt")
    import_.add_argument("--mean", metavar="FILE", help="Caffe's mean: .binaryproto or .npy")
    import_.add_argument("--out", required=True, metavar="MODEL.alexnet", help="the model to write")
    import_.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_export(export: argparse.ArgumentParser) -> None:
    export.add_argument("model", metavar="MODEL.alexnet", help="an .alexnet file")
    export.add_argument("--format", required=True, choices=("onnx", "torch", "alexnet"), help="what to write")
    export.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    export.add_argument("--half", action="store_true", help="weights of an .alexnet file as fp16, half as large")
    export.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_experiment(experiment: argparse.ArgumentParser) -> None:
    experiment.add_argument("name", nargs="?", metavar="NAME", help="which one; without it all are listed")
    experiment.add_argument("--data", metavar="DIR|ARCHIVE", help='other pictures than CIFAR-10; "shapes": sample data')
    experiment.add_argument("--download", action="store_true", help="fetch CIFAR-10 (170 MB) if it is not here yet")
    experiment.add_argument("--epochs", type=int, default=0, metavar="N", help="at most so many epochs in each run")
    experiment.add_argument("--seeds", type=int, default=0, metavar="N", help="each run from so many random starts")
    experiment.add_argument("--quick", action="store_true", help="a small setting, in minutes on two processors")
    experiment.add_argument("--preset", metavar="NAME|FILE.toml", help="what the runs start from instead")
    experiment.add_argument("--device", metavar="NAME", help='"auto", "cpu", "cuda", "cuda:1" …')
    experiment.add_argument("--out", metavar="DIR", help="its folder (default: in AlexNet/experiments at home)")
    experiment.add_argument("--runs", metavar="DIR", help="scoreboard: where your runs are (default: AlexNet/runs)")
    _add_scale(experiment)
    experiment.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def _add_bench(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("names", nargs="*", metavar="NAME", help="what to measure; without it all, in 20 to 40 minutes")
    bench.add_argument("--list", action="store_true", help="list what can be measured, and what is missing for it")
    bench.add_argument("--rounds", type=int, metavar="N", help="how often each is measured (default: 7)")
    bench.add_argument("--data", metavar="DIR", help="a folder of photos (default: ALEXNET_TEST_DATA)")
    bench.add_argument("--cifar", metavar="DIR|ARCHIVE", help="CIFAR-10 (default: ALEXNET_CIFAR10, else the download)")
    bench.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Exit codes: 0, 1 for a fault of ours, 2 for what the person can put right, 130 for Ctrl-C."""
    _speak_utf8()
    _prepare_torch()
    code = 0
    try:
        code = _parse_and_run(argv)
        if sys.stdout is not None:
            sys.stdout.flush()  # what goes wrong with it is told here; at the exit Python would complain
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as head does; nothing is left to say to it
        _drop_output()
    except OSError as error:
        _drop_output()
        _say(f"the output could not be written: {error.strerror}; make room and try again")
        return 2
    return code


def _parse_and_run(argv: Sequence[str] | None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if wants_window(arguments):
        return _run_window(arguments)
    try:
        options = parser().parse_args(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    return _run(options)


def wants_window(arguments: Sequence[str]) -> bool:
    """Whether these arguments open the window: there are none, or the first is a path."""
    if not arguments:
        return True
    first = arguments[0]
    return first not in COMMANDS and not first.startswith("-") and os.path.exists(first)  # noqa: PTH110


def _has_display() -> bool:
    """Whether a window could be shown: Qt would end the program at once."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in names)


def _run_window(paths: Sequence[str]) -> int:
    """Opens the window; which of the paths cannot be opened is told there, where a launcher's user looks."""
    if not _has_display():
        _say("no display was found (DISPLAY, WAYLAND_DISPLAY and QT_QPA_PLATFORM are not set); see alexnet-app --help")
        return 2
    from alexnet_app.ui.app import main as show

    return show([os.path.abspath(path) for path in paths])  # noqa: PTH100


def _run(options: argparse.Namespace) -> int:
    from alexnet_app.core.errors import UserError

    try:
        if options.command == "demo":
            from alexnet_app.demo import demo

            return demo(options)
        from alexnet_app import headless

        return headless.COMMANDS[options.command](options)
    except UserError as error:
        _say(str(error))
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:  # the border of the program: the trace goes to a file, a sentence to the person
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        _say(f"a fault of this program: {type(error).__name__}: {error}; the details are in {_keep_trace()}")
        return 1


def _keep_trace() -> str:
    """Writes the current trace where it can be sent from; the file's path."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="alexnet-app-", suffix=".txt", delete=False, encoding="utf-8") as file:
        traceback.print_exc(file=file)
    return file.name


def _drop_output() -> None:
    """Lets the rest of the output go nowhere."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115


def _say(text: str) -> None:
    from alexnet_app.printing import printable

    sys.stderr.write(f"alexnet-app: {printable(' '.join(text.splitlines()))}\n")


def _prepare_torch() -> None:
    """Lets torch's threads sleep soon when they wait for each other; must be set before torch is loaded.

    Left alone they spin, and where anything else wants a processor (a window that draws, a second run) each step then
    waits for a thread that was not let run: measured 1.3 to 4 times slower, against no difference on a quiet machine.

    And lets its large tensors lie in large pages, where the system has them: what is new there comes page by page. All
    threads have one heap, where a training can keep what it frees, on whichever it runs.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    share_one_heap()


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
