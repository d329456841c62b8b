"""Some thousand damaged and hostile files of every kind: each is read, or refused with a sentence, within bounds."""

import pytest
from targets import TARGETS
from trying import READ, REFUSED, FoundError, made, tried

from alexnet_app.commands.libraries import kept_apart

SEED = "1"


@pytest.mark.parametrize("name", TARGETS)
def test_that_every_changed_file_is_read_or_refused_with_a_sentence(name, tmp_path, capfd, monkeypatch):
    target = TARGETS[name]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / target.file
    path.parent.mkdir(exist_ok=True)
    for whole in target.whole():  # else nothing would be tried but refusals
        path.write_bytes(whole)
        target.read(path)
    found = {READ: 0, REFUSED: 0}
    with kept_apart():
        for number in range(target.count):
            try:
                found[tried(name, SEED, number, tmp_path)] += 1
            except FoundError as error:
                raise pytest.fail.Exception(str(error), pytrace=False) from None
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == said.err.startswith("alexnet-app: what libraries printed (")
    assert found[READ] > target.count // 50
    if name not in ("events", "commands"):  # of which what cannot be read is passed over
        assert found[REFUSED] > target.count // 10


@pytest.mark.parametrize("name", TARGETS)
def test_that_an_input_is_the_same_each_time(name):
    assert [made(name, SEED, number) for number in range(20)] == [made(name, SEED, number) for number in range(20)]
