"""A whole lecture on a photo in a model: one thing at a time, from the photo to the answer and what a tower adds to it."""

from pathlib import Path

from alexnet_app.core.errors import Sentence
from alexnet_app.core.inference.inside import Inside
from alexnet_app.core.inference.lecture import photo_pages, step_pages
from alexnet_app.core.inference.lecture.subject import subject
from alexnet_app.core.inference.lecture.values import Lecture
from alexnet_app.core.network.bundle import Bundle

PAGES = (
    photo_pages.photo_page,
    photo_pages.kernels_page,
    photo_pages.maps_page,
    photo_pages.number_page,
    step_pages.activation_page,
    step_pages.normalization_page,
    step_pages.pool_page,
    step_pages.crossing_page,
    step_pages.dense_page,
    photo_pages.answer_page,
    photo_pages.silence_page,
)


def lecture(bundle: Bundle, inside: Inside, path: Path, model: str) -> Lecture:
    """The lecture on the photo at ``path`` in ``inside``, which is ``bundle`` opened; ``model`` is its name.

    Pages on what the network does not have are left out. UserError where the photo cannot be read.
    """
    about = subject(bundle, inside, path)
    pages = (make(about) for make in PAGES)
    title = Sentence("{photo} in {model}", photo=path.name, model=model)
    return Lecture(title, tuple(page for page in pages if page is not None))
