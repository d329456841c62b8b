"""The end of a run on a person's own photos: its model on images that it was not trained on."""

from collections.abc import Generator

from alexnet_app.core.data.sources.addresses import opening_source
from alexnet_app.core.data.sources.split_names import TEST
from alexnet_app.core.device import choose_device
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.inference.evaluation import evaluating
from alexnet_app.core.inference.evaluation_file import kept_file, write_evaluation
from alexnet_app.core.inference.labelled import default_split, labelled
from alexnet_app.core.inference.outcome import Judged, outcome_of
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.runs.model import model_of
from alexnet_app.core.runs.naming import called
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.own_network import split_rule_of
from alexnet_app.core.training.resume import check_data_is_there, config_of


def judging(run: Run) -> Generator[Event, None, Judged]:
    """Shows the model of ``run`` the images that it was not trained on: the test split where there is one, else the
    validation images, which chose its best epoch. The evaluation is kept with the run.

    Yields Progress. Raises UserError where there is no model yet, where it was trained on these images too, or where
    they are gone.
    """
    config, model = config_of(run), model_of(run)
    check_data_is_there(config)
    if not model.path.is_file():
        raise UserError(
            "the run in {folder} has no model yet", hint="train it for at least one epoch", folder=run.folder
        )
    bundle = read_bundle(model.path)
    source = yield from opening_source(config.data, split_rule=split_rule_of(run))
    split = default_split(source)
    pictures = yield from labelled(source, split, bundle.spec.picture_size)
    device, threads = choose_device(config.device), config.threads
    found = yield from evaluating([bundle], pictures, names=[called(run.folder)], device=device, threads=threads)
    if found.trained_on:
        raise UserError(
            "the model of the run in {folder} was trained on all images, so none can tell how good it is",
            hint="put some into a folder test",
            folder=run.folder,
        )
    write_evaluation(kept_file(run, found.split, found.views), found)
    return Judged(outcome_of(found, chosen_by=split != TEST), found)
