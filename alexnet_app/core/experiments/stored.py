"""The folder of an experiment: its scale, a run folder for each run, its finding and its picture.

::

    experiment folder/
      experiment.json     on what, how long and of which networks: runs of others are not mixed with these
      <run>/              a run folder like any other
      finding.json        what it has shown, once all runs are over
      figure.png          the same as a picture
      kernels.png         conv1 of each run, where towers are compared
"""

import dataclasses
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from alexnet_app.core.data.sources.named import check_apart, is_gone, whole
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Ending, EpochDone, Event, StepsDone
from alexnet_app.core.experiments.experiment import Experiment, Finding, NamedRun, Outcome, Point, Row, Scale, Spread
from alexnet_app.core.experiments.identity import changed_network, difference
from alexnet_app.core.files import replace_file, unwritable
from alexnet_app.core.foreign import UnreadableError, read_json
from alexnet_app.core.runs.listing import changed_at
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig

MOST_DIGITS = 10  # after the point
LARGEST = 16 << 20  # bytes of a finding
SCALE, FINDING, PICTURE, KERNELS = "experiment.json", "finding.json", "figure.png", "kernels.png"


def experiments_folder() -> Path:
    """Where experiments are kept unless a person says otherwise."""
    return Path.home() / "AlexNet" / "experiments"


def folder_for(parent: Path, experiment: Experiment, scale: Scale) -> Path:
    """The folder in ``parent`` that has this experiment on this scale, or a new one. More seeds go into the same."""
    return next(folder for folder in folders_for(parent, experiment, scale) if fits(folder, experiment, scale))


def folders_for(parent: Path, experiment: Experiment, scale: Scale) -> Iterator[Path]:
    """All names that the folder of this experiment may have in ``parent``."""
    name = f"{experiment.name}-quick" if scale.quick else experiment.name
    return (parent / (f"{name}-{count}" if count > 1 else name) for count in range(1, 10_000))


def fits(folder: Path, experiment: Experiment, scale: Scale) -> bool:
    """Whether ``folder`` can take this experiment: it is not there, is empty, or has it on this scale, with runs of the
    settings and networks that it has today. UserError where the experiment cannot be done on this scale.
    """
    return not _conflict(folder, experiment, scale)


def check_fits(folder: Path, experiment: Experiment, scale: Scale) -> None:
    """UserError, with the reason, where ``folder`` cannot take this experiment; nothing is made. It can where it has it
    on images that are gone: whether those of ``scale`` are the same ones ``following`` finds out.
    """
    why = _conflict(folder, experiment, scale, ("data",) if is_moved(folder, scale) else ())
    if why:
        raise UserError(
            "the folder {folder} holds {why}",
            hint=Way.OTHER_EXPERIMENT_FOLDER,
            folder=folder,
            why=why,
        )


def is_moved(folder: Path, scale: Scale) -> bool:
    """Whether the experiment in ``folder`` has images that are no longer there, and ``scale`` names others."""
    kept = kept_scale(folder)
    if kept is None or not scale.data or kept.data == whole(scale.data):
        return False
    return is_gone(kept.data) and not is_gone(scale.data)


def keep_place(folder: Path, data: str) -> None:
    """Notes that the images of the experiment in ``folder`` are now in ``data``."""
    _write(folder / SCALE, {**_read(folder / SCALE), "data": data})


def claim(folder: Path, experiment: Experiment, scale: Scale) -> None:
    """Makes ``folder`` that of this experiment; UserError, with the reason, where it is something else."""
    check_fits(folder, experiment, scale)
    groups = _groups(experiment.plan(scale))
    if not os.path.lexists(folder / SCALE):
        for config in groups.values():
            check_apart(folder, config.data)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    networks = {group: config.spec().to_dict() for group, config in groups.items()}
    _write(folder / SCALE, {**_scale_of(experiment, scale), "seeds": scale.seeds, "networks": networks})


def outdated(folder: Path, experiment: Experiment) -> str:
    """In what the runs in ``folder`` are otherwise than this experiment's would be today; empty where they are not."""
    scale = kept_scale(folder)
    try:
        return _conflict(folder, experiment, scale) if scale is not None else ""
    except UserError as error:
        return error.sentence


def _conflict(folder: Path, experiment: Experiment, scale: Scale, but: tuple[str, ...] = ()) -> str:
    """What in ``folder`` stops this experiment from continuing; empty for nothing. Settings ``but`` may differ."""
    planned = experiment.plan(scale)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return ""
    kept = _read(folder / SCALE)
    asked = {name: value for name, value in _scale_of(experiment, scale).items() if name not in but}
    if {name: kept.get(name) for name in asked} != asked:
        return "something else, or this experiment with other settings"
    networks = kept.get("networks")
    for group, config in _groups(planned).items():
        spec = networks.get(group) if isinstance(networks, dict) else None
        why = changed_network(spec, config) if spec else ""
        if why:
            return f"this experiment with other networks ({group}: {why})"
    for each in planned:
        run = Run(folder / each.name)
        why = difference(each, run, but) if os.path.lexists(run.config_file) else ""
        if why:
            return f"this experiment with other networks or settings ({each.name}: {why})"
    return ""


def _groups(planned: Sequence[NamedRun]) -> dict[str, TrainConfig]:
    """The settings of each group's first run: all of its runs have one network."""
    groups: dict[str, TrainConfig] = {}
    for each in planned:
        groups.setdefault(each.group, each.config)
    return groups


def release(folder: Path) -> None:
    """Takes back what ``claim`` made where no run is in it, so that the next try finds ``folder`` free."""
    with suppress(OSError):
        if [each.name for each in folder.iterdir()] == [SCALE]:
            (folder / SCALE).unlink()
            folder.rmdir()


def outcome_of(planned: NamedRun, folder: Path) -> Outcome | None:
    """The run of ``planned`` in the experiment's ``folder``, if it is over and has the planned settings and network."""
    run = Run((folder / planned.name).absolute())
    with suppress(UnreadableError):
        return _outcome(planned, run)
    return None  # whoever trains it says why


def _outcome(planned: NamedRun, run: Run) -> Outcome | None:
    ended = run.ended() if os.path.lexists(run.config_file) else None
    if ended is None or ended.reason == Ending.STOPPED or difference(planned, run):
        return None
    return Outcome(planned, run, tuple(run.events(StepsDone)))


def outcome_after(
    experiment: Experiment, planned: NamedRun, folder: Path, earlier: Sequence[Outcome]
) -> Outcome | None:
    """The same, or the run as it was left: after the ``earlier`` runs of the plan it need not go on."""
    over = outcome_of(planned, folder)
    run = Run((folder / planned.name).absolute())
    if over is not None or experiment.leave is None or not os.path.lexists(run.config_file):
        return over
    events = _events_of(run)
    done = next((event.step for event in reversed(events) if isinstance(event, EpochDone)), 0)
    if not done or not experiment.leave(planned, events, earlier) or difference(planned, run):
        return None
    return Outcome(planned, run, events, done)


def outcomes_of(experiment: Experiment, planned: Sequence[NamedRun], folder: Path) -> tuple[Outcome, ...]:
    """Those runs of the plan in ``folder`` that are over or left, in its order."""
    found: list[Outcome] = []
    for each in planned:
        outcome = outcome_after(experiment, each, folder, found)
        found += [outcome] if outcome is not None else []
    return tuple(found)


def points_of(experiment: Experiment, planned: NamedRun, folder: Path) -> tuple[Point, ...]:
    """The points of the curves that the run of ``planned`` has made so far."""
    run = Run((folder / planned.name).absolute())
    if not os.path.lexists(run.config_file):
        return ()
    return tuple(point for event in _events_of(run) for point in experiment.points(planned, run, event))


def _events_of(run: Run) -> tuple[Event, ...]:
    """The events of ``run`` without its losses; none where they cannot be read: one run hides no other."""
    try:
        return tuple(run.events(StepsDone))
    except UnreadableError:
        return ()


def keep_finding(folder: Path, finding: Finding) -> None:
    """Writes what the experiment has shown."""
    _write(folder / FINDING, dataclasses.asdict(finding))


def kept_finding(folder: Path) -> Finding | None:
    """What ``keep_finding`` wrote; None where there is none that can be read."""
    values = _read(folder / FINDING)
    try:
        rows = tuple(_row(each) for each in values["rows"])
        texts = {name: str(values[name]) for name in ("experiment", "sentence", "conditions")}
        return Finding(**texts, rows=rows, quick=bool(values["quick"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def findings_below(parent: Path, experiment: Experiment) -> Iterator[tuple[Path, Finding]]:
    """The kept findings of ``experiment`` in ``parent``, the latest first."""
    for folder in sorted(_with_finding(parent), key=lambda each: changed_at(each / FINDING), reverse=True):
        finding = kept_finding(folder)
        if finding is not None and finding.experiment == experiment.name:
            yield folder, finding


def _with_finding(parent: Path) -> list[Path]:
    """The folders in ``parent`` that say they have one."""
    try:
        return [folder for folder in parent.iterdir() if os.path.lexists(folder / FINDING)]
    except OSError:
        return []


def kept_plan(folder: Path, experiment: Experiment) -> tuple[NamedRun, ...]:
    """The runs that ``folder`` was last asked for; none where it does not say."""
    scale = kept_scale(folder)
    try:
        return experiment.plan(scale) if scale is not None else ()
    except UserError:
        return ()


def kept_scale(folder: Path) -> Scale | None:
    """The scale that ``folder`` was last asked for; None where it does not say."""
    values = _read(folder / SCALE)
    try:
        return Scale(**{name: values[name] for name in ("data", "epochs", "seeds", "quick", "preset")})
    except (KeyError, TypeError, ValueError, UserError):
        return None


def _scale_of(experiment: Experiment, scale: Scale) -> dict[str, Any]:
    """What makes runs comparable. Seeds and the device are not in it."""
    return {
        "experiment": experiment.name,
        "data": scale.data and whole(scale.data),
        "epochs": scale.epochs,
        "quick": scale.quick,
        "preset": scale.preset,
    }


def _row(values: Mapping[str, Any]) -> Row:
    known = {field.name for field in dataclasses.fields(Row)}
    parts = {name: value for name, value in values.items() if name in known}
    are_texts = all(isinstance(parts.get(name, ""), str) for name in ("what", "unit", "note"))
    are_numbers = all(type(parts.get(name)) in (int, float, type(None)) for name in ("measured", "paper"))
    digits = parts.get("digits", 1)
    if not (are_texts and are_numbers and type(digits) is int and 0 <= digits <= MOST_DIGITS):
        raise ValueError(values)
    spread = parts.pop("spread", None)
    if spread is not None:
        numbers = {name: math.nan if value is None else float(value) for name, value in spread.items()}
        spread = Spread(count=int(numbers.pop("count")), **numbers)
    return Row(**parts, spread=spread)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = read_json(path, LARGEST, links=False)
    except UserError:
        return {}
    return values if isinstance(values, dict) else {}


def _write(path: Path, values: Mapping[str, Any]) -> None:
    text = json.dumps(finite(values), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def finite(value: Any) -> Any:
    """``value`` as JSON has it: what is no finite number is null."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: finite(each) for key, each in value.items()}
    return [finite(each) for each in value] if isinstance(value, list | tuple) else value
