"""Makes the film of a bundled model, ``resources/films/NAME.npz``, out of the snapshots of the run that it is of.

Needed only after the model was changed: ``.venv/bin/python packaging/keep_film.py NAME RUN``. The result is kept in
version control.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Write the film, if the run is that of the model."""
    sys.path.insert(0, str(ROOT))
    import numpy as np

    from alexnet_app.core.generators import result_of
    from alexnet_app.core.insight.filters import kernel_pictures
    from alexnet_app.core.insight.learning import snapshots_of
    from alexnet_app.core.insight.strip import strip_of
    from alexnet_app.core.insight.strip_file import write_strip
    from alexnet_app.core.network.bundle import read_bundle
    from alexnet_app.core.runs.run import Run

    parser = argparse.ArgumentParser(description="Make the film of a bundled model.")
    parser.add_argument("name")
    parser.add_argument("run", type=Path)
    options = parser.parse_args()
    bundle = read_bundle(ROOT / f"resources/models/{options.name}.alexnet")
    snapshots = snapshots_of(Run.existing(options.run))
    strip = result_of(strip_of(snapshots, most=len(snapshots.marks)))
    ends = strip.steps.index(bundle.summary["step"])
    apart = np.abs(strip.pictures[ends].astype(int) - kernel_pictures(bundle.weights["conv1.weight"]))
    if apart.max() > 1:  # the model has 16 bits a weight
        sys.exit(f"{options.run} is not the run of {options.name}: kernels differ by up to {apart.max()} of 255")
    out = ROOT / f"resources/films/{options.name}.npz"
    written = write_strip(out, strip.some(range(ends + 1)))
    print(f"{out}: {len(written)} of {ends + 1} snapshots, {out.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
