"""What the tests of prepared sets share."""

import pytest

from alexnet_app.core.errors import UserError


def finish(job):
    """The events of ``job`` and what it returned."""
    events = []
    while True:
        try:
            events.append(next(job))
        except StopIteration as end:
            return events, end.value


def result(job):
    return finish(job)[1]


def refusal(job):
    with pytest.raises(UserError) as caught:
        finish(job)
    return str(caught.value)


def contents(cache):
    (folder,) = (cache / "prepared").iterdir()
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in ("lock", "used")}
