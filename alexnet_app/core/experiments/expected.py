"""How long an experiment is going to take, said before it starts."""

from collections.abc import Iterator
from pathlib import Path

from alexnet_app.core.data.prepared.expecting import Expected
from alexnet_app.core.data.prepared.expecting import expecting as expected_set
from alexnet_app.core.data.sources.addresses import opening_source
from alexnet_app.core.device import choose_device, choose_precision, computing
from alexnet_app.core.events import Estimated, Event
from alexnet_app.core.experiments.experiment import Experiment, NamedRun, Scale
from alexnet_app.core.experiments.stored import outcomes_of
from alexnet_app.core.training.estimate import check_room, estimate


def expecting(experiment: Experiment, scale: Scale, folder: Path) -> Iterator[Event]:
    """Time of all runs that are still missing in ``folder``, as if each had all of its epochs, memory of the largest,
    disk of all. Yields Estimated last; UserError where a run could not be trained.
    """
    planned = experiment.plan(scale)
    over = {each.planned.name for each in outcomes_of(experiment, planned, folder)}
    missing = [each for each in planned if each.name not in over]
    if not missing:
        yield Estimated(0.0, 0, 0)
        return
    first = missing[0].config
    device = choose_device(first.device)
    precision = choose_precision(first.precision, device)
    source = yield from opening_source(first.data)
    found: dict[object, Estimated] = {}
    sets: dict[tuple[int, str], Expected] = {}
    with computing(precision, first.threads):
        for each in missing:
            if _kind(each) not in found:
                key = each.config.spec().picture_size, each.config.storage
                if key not in sets:
                    sets[key] = yield from expected_set(source, key[0], storage=key[1])
                estimated = estimate(each.config, source, device, precision, sets[key])
                found[_kind(each)] = check_room(estimated, (device,), folder)
    all_ = [found[_kind(each)] for each in missing]
    prepared_bytes = max(each.prepared_bytes for each in all_)  # all runs use the same set
    own = sum(each.disk_bytes - each.prepared_bytes for each in all_)
    yield Estimated(
        sum(each.seconds for each in all_),
        max(each.memory_bytes for each in all_),
        own + prepared_bytes,
        next((each.advice for each in all_ if each.advice), ""),
        prepared_bytes,
    )


def _kind(planned: NamedRun) -> object:
    """What decides how long a run takes: runs of one kind are measured once."""
    config = planned.config
    return config.network, config.ablation, config.epochs, config.share, config.batch_size
