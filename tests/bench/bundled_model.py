"""Measures a model on the test pictures of CIFAR-10: single view and ten views, each class, confusions.

``python tests/bench/bundled_model.py FOLDER [MODEL]``; FOLDER holds CIFAR-10 as it is published, MODEL is the bundled
``cifar-towers`` unless another one is given. The last line is JSON.
"""

import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.events import Prediction
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.core.network.bundle import read_bundle

BATCH = 250


def probabilities(bundle, pictures, *, ten_view):
    """Of every class, (N, classes)."""
    classifier = Classifier(bundle, ten_view=ten_view)
    parts = [classifier.probabilities(pictures[at : at + BATCH].copy()) for at in range(0, len(pictures), BATCH)]
    return np.concatenate([part.numpy() for part in parts])


def doubtful(rows, classes):
    """Which answers (N,) the window would call not sure."""
    best = np.argsort(-rows, axis=1)[:, :5]
    return np.array(
        [
            unsure([Prediction(classes[each], float(row[each])) for each in order])
            for row, order in zip(rows, best, strict=True)
        ]
    )


def main():
    folder = sys.argv[1]
    path = Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "resources" / "models" / "cifar-towers.alexnet"
    bundle, source = read_bundle(path), open_source(folder)
    assert bundle.classes == source.classes, (bundle.classes, source.classes)
    test = source.splits["test"]
    print(f"{path.name}: {dict(bundle.summary)}")
    found = {}
    for name, ten_view in (("single view", False), ("ten views", True)):
        rows = probabilities(bundle, test.pictures, ten_view=ten_view)
        wrong = rows.argmax(axis=1) != test.labels
        doubts = doubtful(rows, bundle.classes)
        found[name] = {
            "error": float(wrong.mean()),
            "classes": {each: float(wrong[test.labels == at].mean()) for at, each in enumerate(bundle.classes)},
            "not sure": float(doubts.mean()),
            "error where sure": float(wrong[~doubts].mean()),
            "error where not sure": float(wrong[doubts].mean()),
        }
        print(f"{name}: {wrong.mean():.2%} of {len(wrong):,} wrong")
        print("  " + ", ".join(f"{each} {share:.1%}" for each, share in found[name]["classes"].items()))
        print(
            f"  not sure of {doubts.mean():.1%}; wrong where sure {wrong[~doubts].mean():.1%}, "
            f"where not sure {wrong[doubts].mean():.1%}"
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
