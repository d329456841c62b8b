"""``evaluate``: what models get wrong on pictures whose class is known; as text, JSON, a table and a picture."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.commands.options import add_device, add_json
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.commands.running import relocated, shown
from alexnet_app.core.data.sources.named import is_gone, whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.inference.interval import extreme
from alexnet_app.core.inference.top5 import has_top5
from alexnet_app.core.outputs import EVALUATION, PNG, TABLE, Guard
from alexnet_app.core.runs.model import model_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.resume import check_data_is_there, config_of

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.evaluation import Evaluation, Mistake
    from alexnet_app.core.network.bundle import Bundle

CONFUSIONS, MISTAKES = 5, 10  # so many are told
TRAINED_ON = "these images were trained on; the error on new images is likely higher"


@dataclass(frozen=True, slots=True)
class _Model:
    """What was given as MODEL: the file, and the run whose model (``model_of``) it is or in whose folder it lies."""

    path: Path
    run: Run | None
    is_own: bool

    @property
    def name(self) -> str:
        return self.run.folder.name if self.run and self.is_own else self.path.stem

    @property
    def data(self) -> str | None:
        """The pictures it was made from."""
        return config_of(self.run).data if self.run else None


@dataclass(frozen=True, slots=True)
class _Outputs:
    """What was asked to be written, whole paths, and who says once more whether it may be."""

    guard: Guard
    out: Path | None
    csv: Path | None
    confusion: Path | None


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "models", nargs="+", metavar="MODEL", help="run folders or .alexnet files; several are averaged"
    )
    parser.add_argument(
        "--data",
        metavar="DIR|CSV|ARCHIVE",
        help='a folder, a CSV, an archive, "shapes" or "cifar10" (default: the run\'s own)',
    )
    parser.add_argument(
        "--split", choices=("test", "validation", "train"), help="which images (default: test, else validation)"
    )
    parser.add_argument("--ten-view", action="store_true", help="average ten views: slower, slightly more accurate")
    add_device(parser)
    kept = (
        "fp32 (default): comparable results; tf32, bf16: less precise, faster where supported, not saved with the run"
    )
    parser.add_argument("--precision", choices=("fp32", "tf32", "bf16"), default="fp32", help=kept)
    parser.add_argument("--out", metavar="FILE.json", help="write all results as JSON; a run always keeps its own")
    parser.add_argument("--csv", metavar="FILE.csv", help="write the error of each class as CSV")
    parser.add_argument("--confusion", metavar="FILE.png", help="draw the confusion matrix")
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``evaluate``: one model, or the mean of several."""
    from alexnet_app.core.device import choose_device
    from alexnet_app.core.inference.evaluation_file import to_plain

    models = [_model(Path(given)) for given in options.models]
    where = _where(options.data, models)
    outputs = _outputs(options, models, where)
    _relocate(models, where)
    device = choose_device(options.device or "auto")
    bundles = [opened(model.path) for model in models]
    own = all(model.data == where for model in models)
    evaluation = _evaluated(bundles, models, where, options, outputs.guard, device=str(device), own=own)
    _keep(evaluation, models, outputs, own=own)
    if not options.json:
        print("\n".join(map(printable, lines_of(evaluation))))
    else:
        print_json(to_plain(evaluation))
    return OK


def lines_of(evaluation: "Evaluation") -> list[str]:
    """An evaluation as people read it."""
    parts = (_headlines, _class_lines, _confusion_lines, _mistake_lines)
    return [line for part in parts for line in part(evaluation)]


def _model(given: Path) -> _Model:
    if given.is_dir():
        run = Run.existing(given)
        found = model_of(run)
        if not found.path.is_file():
            raise UserError(
                "the run in {folder} has no model yet", hint="train it for at least one epoch", folder=run.folder
            )
        joined = "; the validation images were trained on after the best model" if found.kind == "last" else ""
        say(f"{run.folder.name}: evaluates {found.name}{joined}")
        return _Model(found.path, run, is_own=True)
    run = Run(given.absolute().parent)
    if not run.config_file.is_file():
        return _Model(given, None, is_own=False)
    return _Model(given, run, is_own=given.absolute() == model_of(run).path)


def _where(given: str | None, models: Sequence[_Model]) -> str:
    """The data set: the one that was asked for, else the one that all models come from."""
    if given is not None:
        return whole(given)
    hint = "choose them with --data: a folder, an archive, shapes or cifar10"
    unknown = next((model.path for model in models if model.run is None), None)
    if unknown is not None:
        raise UserError("it is not known on which images to evaluate {path}", hint=hint, path=unknown)
    found = {model.data for model in models}
    if len(found) > 1:
        raise UserError("these models were trained on different data sets", hint=hint)
    if models[0].run is not None:
        check_data_is_there(config_of(models[0].run))
    return models[0].data or ""


def _relocate(models: Sequence[_Model], where: str) -> None:
    """Where the own images of a run are gone, those in ``where`` may be the same in a new place."""
    for model in models:
        if model.run is not None and model.data != where and is_gone(model.data or ""):
            try:
                relocated(model.run, where)
            except UserError as error:
                say(f"{model.run.folder.name}: measured on other images than its own, which are gone: {error.sentence}")


def _evaluated(
    bundles: "Sequence[Bundle]",
    models: Sequence[_Model],
    where: str,
    options: argparse.Namespace,
    guard: Guard,
    *,
    device: str,
    own: bool,
) -> "Evaluation":
    """``own``: the models come from these pictures, so they are divided as they were for their runs. ``guard`` hears
    which files are read.
    """
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.inference.class_matching import matching
    from alexnet_app.core.inference.evaluation import evaluating
    from alexnet_app.core.inference.labelled import default_split, labelled
    from alexnet_app.core.training.own_network import split_rule_of

    rules = {split_rule_of(model.run) for model in models if model.run is not None and own}
    with Bars() as bars:
        source = shown(opening_source(where, split_rule=max(rules, default=None), measuring=not own), bars)
        guard.reads(source.paths())
        split = options.split or default_split(source)
        if len(rules) > 1 and split != "test":
            raise UserError(
                "these models do not have the same {split} images: they were split by different rules",
                hint="evaluate one at a time, or choose --split test",
                split=split,
            )
        if split in source.splits and not own:
            source = shown(matching(source, split, bundles[0].classes, models[0].name), bars)
        data = shown(labelled(source, split, bundles[0].spec.picture_size, alone=not own), bars)
        names = [model.name for model in models]
        how = {"ten_view": options.ten_view, "device": device, "precision": options.precision}
        return shown(evaluating(bundles, data, names=names, **how), bars)


def _keep(evaluation: "Evaluation", models: Sequence[_Model], outputs: _Outputs, *, own: bool) -> None:
    """Writes what was asked for; what judges the models of runs by the runs' own pictures, in fp32 as all that is
    compared, is kept with the first of them.
    """
    from alexnet_app.core.inference.evaluation_file import kept_average, kept_file, write_evaluation

    own = own and evaluation.precision == "fp32"
    runs = [model.run for model in models if model.run is not None and model.is_own and own]
    if len(runs) == len({run.folder.resolve() for run in runs}) == len(models):
        first, split, views = runs[0], evaluation.split, evaluation.views
        kept = kept_file(first, split, views) if len(runs) == 1 else kept_average(runs, split, views)
        write_evaluation(kept, evaluation)
        say(f"saved in {kept}")
    outputs.guard.confirm()
    if outputs.out:
        write_evaluation(outputs.out, evaluation, answers=False)
    if outputs.csv:
        from alexnet_app.core.inference.evaluation_tables import write_classes

        write_classes(outputs.csv, evaluation)
    if outputs.confusion:
        from alexnet_app.core.insight.confusion import write_confusion

        write_confusion(evaluation.confusion, evaluation.classes, outputs.confusion)


def _outputs(options: argparse.Namespace, models: Sequence[_Model], where: str) -> _Outputs:
    """Refuses, before anything is computed, to write over what is read, or two things into one file."""
    folders = [str(model.run.folder if model.run else model.path) for model in models]
    guard = guarded(options, *options.models, *folders, where)
    out, csv = guard.output(options.out, EVALUATION), guard.output(options.csv, TABLE)
    return _Outputs(guard, out, csv, guard.output(options.confusion, PNG))


def _classes(evaluation: "Evaluation") -> list[tuple[str, int, int]]:
    counts, errors = evaluation.class_pictures.tolist(), evaluation.class_errors.tolist()
    return list(zip(evaluation.classes, counts, errors, strict=True))


def _headlines(evaluation: "Evaluation") -> list[str]:
    names = ", ".join(each.name for each in evaluation.members)
    who = names if len(evaluation.members) == 1 else f"the mean of {len(evaluation.members)} models ({names})"
    views = "ten views" if evaluation.views > 1 else "single view"
    rounded = "" if evaluation.precision == "fp32" else f", in {evaluation.precision}"
    return [
        f"{who} on {evaluation.pictures:,} {evaluation.split} images of {evaluation.data}, {views}{rounded}",
        *([TRAINED_ON] if evaluation.trained_on else []),
        f"top-1 error {evaluation.top1_error:.2%} {_spread(evaluation)}",
        *([f"top-5 error {evaluation.top5_error:.2%}"] if has_top5(len(evaluation.classes)) else []),
        f"loss {evaluation.loss:.4f}",
    ]


def _spread(evaluation: "Evaluation") -> str:
    limits = extreme(evaluation.top1_error, evaluation.pictures)
    if limits is None:
        return f"± {100 * evaluation.standard_error:.2f} (standard error)"
    return f"(95% interval {limits[0]:.2%} to {limits[1]:.2%})"


def _class_lines(evaluation: "Evaluation") -> list[str]:
    """Classes of which there are pictures, in their own order."""
    rows = [row for row in _classes(evaluation) if row[1]]
    width = min(40, max(len(name) for name, _, _ in rows))
    head = f"{'class':{width}}    images    wrong    error"
    lines = [f"{name[:width]:{width}}  {count:8,} {wrong:8,} {wrong / count:8.2%}" for name, count, wrong in rows]
    return ["", head, *lines]


def _confusion_lines(evaluation: "Evaluation") -> list[str]:
    worst, names = evaluation.worst_confusions(CONFUSIONS), evaluation.classes
    counts = evaluation.class_pictures
    lines = [f"  {names[true]} → {names[answered]}: {often:,} of {counts[true]:,}" for true, answered, often in worst]
    return ["", "most frequent mistakes (true class → answer)", *lines] if worst else []


def _mistake_lines(evaluation: "Evaluation") -> list[str]:
    names = evaluation.classes
    shown = evaluation.mistakes[:MISTAKES]
    lines = [
        f"  {_where_from(each)}: {names[each.true]} → {names[each.answered]}, {each.probability:.2%}" for each in shown
    ]
    return ["", "most confident mistakes", *lines] if shown else []


def _where_from(mistake: "Mistake") -> str:
    return mistake.path or f"picture {mistake.index}"
