"""A whole lecture on a photo in a model: one thing at a time, from the photo to the answer and to one tower alone."""

from pathlib import Path

from alexnet_app.core.errors import Sentence
from alexnet_app.core.inference.inside import Inside
from alexnet_app.core.inference.lecture import photo_pages, step_pages
from alexnet_app.core.inference.lecture.subject import subject
from alexnet_app.core.inference.lecture.values import Lecture
from alexnet_app.core.insight.activations import ACTIVATIONS
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.runs.naming import called
from alexnet_app.core.runs.run import Run

FIRST = (photo_pages.photo_page, photo_pages.kernels_page, photo_pages.maps_page, photo_pages.number_page)
STEPS = (  # some networks pool before they normalize, or before the ReLU
    (step_pages.activation_page, ACTIVATIONS),
    (step_pages.normalization_page, ("norm",)),
    (step_pages.pool_page, ("pool",)),
)
LAST = (step_pages.crossing_page, step_pages.dense_page, photo_pages.answer_page, photo_pages.silence_page)


def lecture(bundle: Bundle, inside: Inside, path: Path, model: Path) -> Lecture:
    """The lecture on the photo at ``path`` in ``inside``, which is ``bundle`` opened; ``model`` is the file of both.

    Pages on what the network does not have are left out. UserError where the photo cannot be read.
    """
    about = subject(bundle, inside, path)
    steps = [make for make, names in sorted(STEPS, key=lambda step: about.place(*step[1]))]
    pages = (make(about) for make in (*FIRST, *steps, *LAST))
    title = Sentence("{photo} in {model}", photo=path.name, model=name_of(model))
    return Lecture(title, tuple(page for page in pages if page is not None))


def name_of(model: Path) -> str:
    """What people call the model in a file: one of a run, whose files are called alike everywhere, as the run."""
    run = Run(model.parent)
    return called(run.folder) if model in (run.best_file, run.last_file) and run.config_file.is_file() else model.stem
