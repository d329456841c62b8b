"""Models as commands open them."""

from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import say
from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.listing import bundled_models, model_path

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.bundle import Bundle


def opened(path: Path) -> "Bundle":
    """The model ``path``; says so where it carries no checksum. Raises UserError as ``read_bundle``."""
    from alexnet_app.core.network.bundle import read_bundle

    bundle = read_bundle(path)
    if not bundle.checked:
        say(printable(f"{path} was made by an earlier version: it carries no checksum"))
    return bundle


def chosen_model(given: str | None) -> Path:
    """The model that was ``given`` (a file, a run folder, ``bundled:NAME``), or the first of the bundled ones.

    UserError where there is none.
    """
    if given:
        return model_path(given)
    bundled = bundled_models()
    if not bundled:
        raise UserError(
            "this copy of the program contains no bundled models",
            hint="choose a model, such as last.alexnet of a run: --model FILE",
        )
    return bundled[0]
