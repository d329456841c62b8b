"""What is measured of films is measured: the slider moves, films are made and opened, and few of them keep nothing."""

import pytest

from tests.bench import film, film_memory
from tests.bench.film_runs import made_run

SLOW = pytest.mark.whole("alexnet_app/ui", "alexnet_app/core/insight")


def test_that_a_move_of_the_slider_is_measured_in_both_rooms(qtbot, jobs, home, tmp_path):
    rooms = film.measured(made_run(tmp_path / "run", 8, "shapes-towers"), 6, jobs)
    assert [each["snapshots"] for each in rooms.values()] == [9, 8], "the model itself is the last one in Filters"
    assert all(0 < each["work"]["median"] <= each["work"]["p99"] <= each["work"]["most"] for each in rooms.values())


@SLOW
def test_that_films_made_and_opened_by_turns_keep_no_memory(qtbot, jobs, home, tmp_path):
    found = film_memory.measured(20, 12, tmp_path, jobs)
    assert [len(each) for each in found.values()] == [film_memory.TOLD] * 3
    assert all(film_memory.growth(each) < film_memory.MOST for each in found.values()), found
