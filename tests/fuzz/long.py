"""A longer search, by hand: ``python tests/fuzz/long.py TARGET --minutes 10``, or all targets one after the other.

Inputs come from a seed that is drawn and printed; each that fails is kept in a folder. ``--seed SEED --only NUMBER``
reads one of them again and shows the trace. With ``--guided`` atheris, where it is installed, looks for inputs that
reach code which none has reached so far.
"""

import argparse
import os
import random
import secrets
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def main() -> int:
    options = _options()
    if options.guided:
        return _guided(options)
    from targets import TARGETS

    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    seed = options.seed or secrets.token_hex(4)
    names = [options.target] if options.target else list(TARGETS)
    if options.only is not None:
        return _one(names[0], seed, options.only, folder)
    print(f"seed {seed}; what fails is kept in {folder}", flush=True)
    return max([_search(name, seed, 60 * options.minutes / len(names), folder) for name in names])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("target", nargs="?", help="which kind of file; all if none is named")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", default="", help="one is drawn if none is given")
    parser.add_argument("--only", type=int, help="read this one input again")
    parser.add_argument("--guided", action="store_true", help="with atheris")
    return parser.parse_args()


def _search(name: str, seed: str, seconds: float, folder: Path) -> int:
    """Tries inputs of ``name`` for so long; 1 if one failed."""
    from trying import FoundError, tried

    counts: Counter[str] = Counter()
    until, number, place = time.monotonic() + seconds, 0, folder / name
    while time.monotonic() < until:
        try:
            counts[tried(name, seed, number, place)] += 1
        except FoundError as error:
            _keep(error, f"{name}-{seed}-{number}", folder, place)
            counts["found"] += 1
        number += 1
    print(f"{name}: {number:,} inputs in {seconds / 60:g} min, {dict(counts)}", flush=True)
    return int(counts["found"] > 0)


def _keep(error: Exception, called: str, folder: Path, place: Path) -> None:
    from targets import TARGETS

    path = place / TARGETS[called.partition("-")[0]].file
    kept = folder / f"{called}{path.suffix}"
    kept.write_bytes(path.read_bytes())
    print(f"{kept}: {error}", flush=True)


def _one(name: str, seed: str, number: int, folder: Path) -> int:
    from trying import FoundError, tried

    try:
        print(tried(name, seed, number, folder))
    except FoundError as error:
        traceback.print_exception(error.__cause__ or error)
        print(error)
        return 1
    return 0


def _guided(options: argparse.Namespace) -> int:
    """Lets atheris choose the inputs, from the whole files on, with the same mutators beside its own."""
    import atheris

    with atheris.instrument_imports(include=["alexnet_app"]):
        from targets import TARGETS
    from mutators import mutated
    from trying import judged

    target = TARGETS[options.target]
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    path, whole = folder / target.file, folder / "whole"
    for each in (path.parent, whole):
        each.mkdir(exist_ok=True)
    for place, data in enumerate(target.whole()):
        (whole / str(place)).write_bytes(data)

    def read(data: bytes) -> None:
        path.write_bytes(data)
        judged(target, path)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = random.Random(seed)
        if chance.random() < 0.3:
            return atheris.Mutate(data, most)
        return mutated(data, chance, target.shaped)[:most]

    seconds = int(60 * options.minutes)
    limits = [f"-max_total_time={seconds}", "-max_len=200000", "-timeout=100", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *limits, str(whole)], read, custom_mutator=mutate)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
