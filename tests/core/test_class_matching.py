"""Which class of a model a folder means."""

import numpy as np
import pytest
from preparing import finish

from alexnet_app.core.data.sources.values import Arrays, Files, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Skipped
from alexnet_app.core.inference.class_matching import matching, places_of


@pytest.mark.parametrize(
    ("known", "wanted", "places"),
    [
        (["cat", "dog"], ["dog", "cat"], [1, 0]),
        (["cat", "dog"], ["Dog", "CAT", "cow"], [1, 0, None]),
        (["Cat", "cat"], ["cat", "CAT"], [1, None]),
        (["cafe\N{COMBINING ACUTE ACCENT}"], ["caf\N{LATIN SMALL LETTER E WITH ACUTE}"], [0]),
        (["golden retriever"], ["golden_retriever", "Golden-Retriever"], [0, 0]),
        (["n01440764", "n01443537"], ["tench", "goldfish"], [0, 1]),
        (["tench", "goldfish"], ["n01443537", "n01440764"], [1, 0]),
        (["n01440764 tench, Tinca tinca", "n01443537 goldfish"], ["goldfish", "n01440764"], [1, 0]),
        (["n01440764 tench, Tinca tinca"], ["n99999999", "walrus"], [None, None]),
    ],
)
def test_that_a_class_is_the_same_by_name_case_accents_and_synset(known, wanted, places):
    assert places_of(known, wanted) == places


def test_that_what_a_model_does_not_know_is_named_and_the_rest_is_measured():
    files = Files(("a", "b", "c", "d"), np.array([0, 1, 2, 2]))
    source = Source("pets", ("bird", "Cat", "dog"), {"test": files})
    events, found = finish(matching(source, "test", ("cat", "dog"), "net"))
    assert [event.path for event in events if isinstance(event, Skipped)] == ["the class bird"]
    assert (found.classes, found.splits["test"].paths, found.splits["test"].labels.tolist()) == (
        ("Cat", "dog"),
        ("b", "c", "d"),
        [0, 1, 1],
    )
    arrays = Arrays(np.arange(4).reshape(4, 1, 1, 1).repeat(3, 3).astype(np.uint8), np.array([0, 1, 2, 2]))
    found = finish(matching(Source("pets", source.classes, {"test": arrays}), "test", ("cat", "dog"), "net"))[1]
    assert found.splits["test"].pictures[:, 0, 0, 0].tolist() == [1, 2, 3]
    with pytest.raises(UserError, match="net does not know the class bird"):
        finish(matching(source, "test", ("cow",), "net"))
