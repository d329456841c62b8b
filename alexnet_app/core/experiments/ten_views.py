"""The error with ten views of a run that is over: its model is shown them once, and that is kept in its folder."""

from collections.abc import Generator

from alexnet_app.core.events import Event
from alexnet_app.core.experiments.experiment import Outcome
from alexnet_app.core.experiments.statistics_of_runs import started
from alexnet_app.core.runs.model import model_of

SPLIT, VIEWS = "test", 10


def evaluating_ten_views(outcome: Outcome) -> Generator[Event, None, None]:
    """Shows ten views of each test image to the model of a run (``model_of``), and keeps that as ``evaluate`` does.

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
    bundle = read_bundle(model_of(run).path)
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
    """Top-1 error (0 to 1) on the test split with ten views; None where the run's model was not shown them."""
    from alexnet_app.core.inference.evaluation_file import kept_file, read_evaluation

    found = read_evaluation(kept_file(outcome.run, SPLIT, VIEWS))
    if found is None or [each.step for each in found.members] != [model_of(outcome.run).step]:
        return None
    return found.top1_error
