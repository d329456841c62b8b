"""The error with ten views of a run that is over: shown to its last model once, and kept in the run's folder."""

from collections.abc import Generator

from alexnet_app.core.events import Event, RunEnded
from alexnet_app.core.experiments.experiment import Outcome
from alexnet_app.core.experiments.measures import started

SPLIT, VIEWS = "test", 10


def evaluating_ten_views(outcome: Outcome) -> Generator[Event, None, None]:
    """Shows ten views of each test image to the last model of a run and keeps the evaluation as ``evaluate`` does.

    Nothing where that is kept already, or where the data have no test images. Yields its progress. UserError where the
    model or the data cannot be read.
    """
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.device import choose_device
    from alexnet_app.core.inference.evaluation import evaluating
    from alexnet_app.core.inference.evaluation_file import kept_file, write_evaluation
    from alexnet_app.core.inference.labelled import labelled
    from alexnet_app.core.network.bundle import read_bundle
    from alexnet_app.core.training.own_network import split_rule_of

    run, config, begun = outcome.run, outcome.planned.config, started(outcome)
    if begun is None or not begun.test_pictures or ten_view_error(outcome) is not None:
        return
    bundle = read_bundle(run.last_file)
    source = yield from opening_source(config.data, split_rule=split_rule_of(run))
    data = yield from labelled(source, SPLIT, bundle.spec.picture_size)
    found = yield from evaluating(
        [bundle],
        data,
        names=[run.folder.name],
        ten_view=True,
        device=choose_device(config.device),
        threads=config.threads,
    )
    write_evaluation(kept_file(run, SPLIT, VIEWS), found)


def ten_view_error(outcome: Outcome) -> float | None:
    """Top-1 error (0 to 1) on the test split with ten views; None where the run's last model was not shown them."""
    from alexnet_app.core.inference.evaluation_file import kept_file, read_evaluation

    found = read_evaluation(kept_file(outcome.run, SPLIT, VIEWS))
    last = outcome.events[-1] if outcome.events else None
    if found is None or not isinstance(last, RunEnded) or [each.step for each in found.members] != [last.step]:
        return None
    return found.top1_error
