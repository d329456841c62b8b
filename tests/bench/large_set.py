"""A data set with the shape of ImageNet: how fast it is prepared, in how much memory, and how soon it is opened.

    python tests/bench/large_set.py [--folders 1000] [--pictures 50000] [--picture 300]
        [--side 256] [--storage jpeg] [--json]

To be started in the root of the repository. ``--picture`` is the side of the files, ``--side`` that of the set.
Prepares it without a break; then again in another process that is killed at 37 %, goes on, and compares every byte.
Pictures are small JPEGs, files of their own; what is said of 1.3 million is computed from them, in proportion.
"""

import hashlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image
from rounds import arguments

IMAGENET = 1_331_167  # training and validation pictures of ILSVRC2012
BREAK = 0.37
DIFFERENT = 64  # pictures that are really drawn; each file has a few bytes of its own
CHILD = """
import json, resource, sys
from pathlib import Path
from time import perf_counter
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.sources.addresses import open_source
where, cache, side, storage = sys.argv[1:]
begun = perf_counter()
source = open_source(where)
scanned = perf_counter()
job = prepare(source, int(side), storage=storage, cache=Path(cache))
first = None
while True:
    try:
        event = next(job)
    except StopIteration as end:
        break
    if getattr(event, "task", "") == "prepare":
        first = first or (event.done, perf_counter())
        print(json.dumps([event.done, event.total]), flush=True)
now = perf_counter()
print(json.dumps({
    "scan": scanned - begun,
    "all": now - begun,
    "rate": (event.total - first[0]) / (now - first[1]) if first else 0,
    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
}), flush=True)
"""


def main() -> None:
    """Prints what was measured, as sentences, with ``--json`` as one value on the last line too."""
    options = arguments(__doc__, folders=1000, pictures=50_000, side=256, picture=300, storage="jpeg")
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder)
        _draw(top / "pictures", options.folders, options.pictures, options.picture)
        found = _measured(top, str(options.side), options.storage, options.pictures)
    for name, value in found.items():
        print(f"{name}: {value}")
    if options.json:
        print(json.dumps(found), flush=True)


def _measured(top: Path, side: str, storage: str, count: int) -> dict[str, Any]:
    pictures, parts, whole = str(top / "pictures"), str(top / "parts"), str(top / "whole")
    unbroken = _run(pictures, whole, side, storage)
    listed = _run(pictures, whole, side, storage)
    opened = _run(pictures, whole, side, storage)
    killed = _run(pictures, parts, side, storage, BREAK)
    rest = _run(pictures, parts, side, storage)
    times = IMAGENET / count
    start = opened["all"]
    return {
        "storage": storage,
        "pictures": count,
        "pictures a second": round(unbroken["rate"]),
        "peak memory (MB)": round(unbroken["peak"] / 1e6),
        "peak memory when it goes on (MB)": round(rest["peak"] / 1e6),
        "killed at": f"{killed['share']:.1%}",
        "the same bytes after going on": _digests(top / "parts") == _digests(top / "whole"),
        "size of the set (GB)": round(_size(top / "whole") / 1e9, 3),
        "start on the finished set (s)": round(start, 3),
        "of that, what the folders hold (s)": round(opened["scan"], 3),
        "the same where the folders must be listed (s)": round(listed["all"], 3),
        "1.33 million pictures, in proportion: hours": round(IMAGENET / unbroken["rate"] / 3600, 2),
        "1.33 million pictures, in proportion: start (s)": round(start * times, 2),
        "1.33 million pictures, in proportion: start where folders must be listed (s)": round(listed["all"] * times, 2),
        "1.33 million pictures, in proportion: size (GB)": round(_size(top / "whole") * times / 1e9, 1),
    }


def _run(pictures: str, cache: str, side: str, storage: str, until: float = 2.0) -> dict[str, Any]:
    """What the child says at its end, or how far it was when it was killed."""
    command = [sys.executable, "-c", CHILD, pictures, cache, side, storage]
    begun = perf_counter()
    environment = {**os.environ, "XDG_CACHE_HOME": f"{cache}-home"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout is not None
        last: Any = None
        for line in child.stdout:
            last = json.loads(line)
            if isinstance(last, list) and last[0] >= until * last[1]:
                child.send_signal(signal.SIGKILL)
                return {"share": last[0] / last[1]}
    if child.returncode or not isinstance(last, dict):
        raise SystemExit(f"preparing ended with {child.returncode} after {perf_counter() - begun:.0f} s")
    return last


def _draw(top: Path, folders: int, count: int, side: int) -> None:
    """``count`` JPEGs in ``folders`` folders: smooth noise, as large as small photos; a comment makes each its own."""
    chance, drawn = np.random.default_rng(1), []
    for _ in range(DIFFERENT):
        small = Image.fromarray(chance.integers(0, 256, (24, 32, 3), np.uint8))
        file = BytesIO()
        size = side + int(chance.integers(0, side // 2)), side
        small.resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", quality=90)
        drawn.append(file.getvalue())
    for index in range(count):
        folder = top / f"class{index % folders:04}"
        folder.mkdir(parents=True, exist_ok=True)
        note = f"{index:08}".encode()
        data = drawn[index % DIFFERENT]
        comment = b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note
        (folder / f"{index:08}.JPEG").write_bytes(data[:2] + comment + data[2:])


def _digests(cache: Path) -> dict[str, str]:
    found = {}
    for path in sorted(cache.glob("prepared/*/*")):
        if path.name not in ("lock", "used"):
            with path.open("rb") as file:
                found[path.name] = hashlib.file_digest(file, "blake2b").hexdigest()
    return found


def _size(cache: Path) -> int:
    return sum(os.stat(path).st_size for path in cache.glob("prepared/*/*"))  # noqa: PTH116


if __name__ == "__main__":
    main()
