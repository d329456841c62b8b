"""Where the files that come with the program lie: the one place that knows."""

import sys
from pathlib import Path


def path(name: str = "") -> Path:
    """The file or folder ``name`` (slashes between folders) among the resources.

    Looks in a frozen bundle, then in an installed wheel (``alexnet_app/_resources``), then in the checkout.
    """
    here = Path(__file__).resolve().parent
    bundle = getattr(sys, "_MEIPASS", None)
    places = [Path(bundle) / "resources"] if bundle else []
    places += [here / "_resources", here.parent / "resources"]
    root = next((place for place in places if place.is_dir()), places[-1])
    return root / name
