"""A run handed to a process of its own, as ``train --resume`` is typed."""

import subprocess
from collections.abc import Sequence

from alexnet_app.core.runs import background
from alexnet_app.core.runs.run import Run


def go_on_detached(run: Run, options: Sequence[str] = (), *, low_priority: bool = False) -> "subprocess.Popen[bytes]":
    """Trains ``run`` on in a process of its own, with further ``options`` of ``train --resume``; gives the process once
    it has the run. UserError where it ends before it trains.
    """
    words = [*background.this_program(), "train", "--resume", str(run.folder), *options]
    return background.started_detached(run, words, low_priority=low_priority)
