"""Whether memory stays flat while films are made and opened one after the other.

    python tests/bench/film_memory.py [--films 200] [--snapshots 24] [--json]

To be started in the root of the repository. Two runs are made here, and taken by turns: their film is written as a GIF
(core); their model is chosen in Filters, and its film read, judged and moved (filters); they are opened in Train, and
their snapshots read and moved (train). After every tenth of the films it is told how much memory the process has. From
the second to the last of these it must not grow by more than ``MOST`` megabytes: one film that were kept in ten takes
more.
"""

import argparse
import gc
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
SCREEN = ROOT / "tests" / "ui" / "screen.json"
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={SCREEN}")

from PySide6.QtWidgets import QApplication

from tests.bench.film import train_of
from tests.bench.film_runs import made_run
from tests.bench.many_answers import resident, wait

MOST = 8.0  # megabytes
TOLD = 10  # measurements
NETWORK = "shapes-towers"


def core_films(runs, count, folder):
    """Writes ``count`` films; yields after each."""
    from alexnet_app.core.generators import result_of
    from alexnet_app.core.insight.film import filming
    from alexnet_app.core.insight.film_source import film_of_model
    from alexnet_app.core.network.bundle import read_bundle

    for number in range(count):
        model = runs[number % 2].last_file
        strip = result_of(film_of_model(model, read_bundle(model)))
        result_of(filming(strip, Path(folder) / f"film-{number % 2}.gif"))
        yield


def filters_films(runs, count, jobs):
    """Chooses ``count`` models in Filters, one after the other, and moves the slider of each."""
    from alexnet_app.ui.filters.panel import FiltersPanel
    from alexnet_app.ui.settings import Settings

    panel = FiltersPanel(jobs, Settings())
    panel.resize(1280, 740)
    panel.show()
    panel.set_models([(run.folder.name, str(run.last_file)) for run in runs])
    wait(lambda: not jobs.running())
    for number in range(count):
        path = str(runs[number % 2].last_file)
        panel.choose_model(path)
        wait(lambda path=path: not jobs.running() and panel.view() is not None and panel.view().path == path)
        _move(panel.film.bar.slider)
        yield
    panel.close()
    panel.deleteLater()


def train_films(runs, count, jobs):
    """Opens ``count`` runs on the page of Train, one after the other, and moves the slider of each."""
    from alexnet_app.core.training.resume import config_of
    from alexnet_app.ui.train.jobs import opening

    page, slider = train_of(runs[0], jobs)
    for number in range(count):
        run = runs[number % 2]
        page.begin(config_of(run).spec(), 8, live=False)
        for event in opening(run.folder, None):
            page.film.take(event)
            page.show_event(event)
        wait(lambda: not jobs.running())
        _move(slider)
        yield
    page.close()
    page.deleteLater()


def _move(slider):
    assert slider.maximum() > 2, "there is no film"
    for share in (0.0, 0.3, 0.6, 1.0):
        slider.setValue(round(share * slider.maximum()))
        QApplication.processEvents()


def watched(films, count):
    """Megabytes of this process after every tenth of the ``count`` films that ``films`` makes."""
    found = []
    for number, _ in enumerate(films, start=1):
        if number % max(1, count // TOLD) == 0:
            gc.collect()
            QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
            found.append(round(resident(), 1))
    return found


def measured(films, snapshots, folder, jobs):
    """What ``watched`` tells of each kind of film."""
    runs = [made_run(Path(folder) / f"run {seed}", snapshots, NETWORK, seed) for seed in (1, 2)]
    kinds = {
        "core": core_films(runs, films, folder),
        "filters": filters_films(runs, films, jobs),
        "train": train_films(runs, films, jobs),
    }
    return {name: watched(made, films) for name, made in kinds.items()}


def growth(megabytes):
    """From the second measurement to the last: before it caches are filled."""
    return megabytes[-1] - megabytes[1]


def main():
    """Prints what memory there was; 1 where it has grown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--films", type=int, default=200)
    parser.add_argument("--snapshots", type=int, default=24)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    from alexnet_app.ui import theme
    from alexnet_app.ui.job import Jobs

    app = QApplication(["film"])
    theme.follow_system(app)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CONFIG_HOME"] = folder
        found = measured(wanted.films, wanted.snapshots, folder, Jobs())
    if wanted.json:
        print(json.dumps(found))
    for name, megabytes in () if wanted.json else found.items():
        steps = " ".join(f"{each:.1f}" for each in megabytes)
        print(f"{name}: MB after each tenth of {wanted.films} films: {steps}; grown by {growth(megabytes):+.1f}")
    return int(any(growth(each) > MOST for each in found.values()))


if __name__ == "__main__":
    sys.exit(main())
