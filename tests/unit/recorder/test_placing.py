"""Which plays there are after something was seen: each keeps its id and its place, as far as that is right."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import Any

from spindle.recorder.logic.placing import Placed, placed, play_id
from spindle.recorder.logic.sightings import Known, Play, Row

NOON = datetime(2024, 3, 1, 12, tzinfo=UTC)
HOUR = 3600
LENGTH = 180_000


def at(second: float) -> datetime:
    return NOON + timedelta(seconds=second)


def shown(second: float, track: str = "a", **known: Any) -> Play:
    """A play that the API showed."""
    return Play(**({"play_id": f"{track}{second}", "ms_played": None, "seen_by": 1} | known | key(second, track)))


def told(second: float, row: Row, **known: Any) -> Play:
    """A play of a row."""
    said = {"play_id": play_id(row.ended_at, row.track_id, row.ms_played), "ms_played": row.ms_played, "seen_by": 2}
    return Play(**(said | known | key(second, row.track_id)))


def key(second: float, track: str) -> dict[str, Any]:
    return {"played_at": at(second), "track_id": track}


def row(second: float, track: str = "a", ms: int = LENGTH, **known: Any) -> Row:
    said = {
        "number": 1,
        "place": int(second),
        "file": 0,
        "to_the_minute": False,
        "started_at": None,
        "play_id": None,
        "entering": True,
    }
    return Row(**(said | {"ended_at": at(second), "track_id": track, "ms_played": ms} | known))


def seen(each: Row, play: Play | None = None) -> Row:
    """The same row later, of a play that is not that of its own track and end, when one is given."""
    return replace(each, entering=False, play_id=play and play.play_id)


def judged(plays: Sequence[Play], rows: Sequence[Row], songs: Any = None, within: float = HOUR) -> Placed:
    return placed(Known(plays, rows, songs or {}), at(-within), at(within))


def test_a_row_that_nobody_else_saw_is_a_play() -> None:
    done = judged([], [row(0)])

    assert done.added == [told(0, row(0))]
    assert (done.removed, done.changed, done.linked, done.merged, done.duplicates) == ([], [], [], [], [])


def test_a_polled_play_keeps_its_id_and_its_time() -> None:
    done = judged([shown(0.4)], [row(0)])

    assert done.changed == [shown(0.4, ms_played=LENGTH, seen_by=3)]
    assert done.linked == [(row(0), shown(0.4).play_id)]
    assert done.merged == [row(0)]
    assert done.met == {shown(0.4).key}
    assert (done.removed, done.added) == ([], [])


def test_what_was_settled_needs_nothing() -> None:
    play = shown(0.4, ms_played=LENGTH, seen_by=3)

    assert judged([play], [seen(row(0), play)]) == Placed(met={play.key})


def test_the_play_of_a_row_goes_when_a_poll_shows_it() -> None:
    done = judged([shown(0.4), told(0, row(0))], [seen(row(0))])

    assert done.removed == [told(0, row(0)).play_id]
    assert done.changed == [shown(0.4, ms_played=LENGTH, seen_by=3)]
    assert done.linked == [(seen(row(0)), shown(0.4).play_id)]


def test_a_row_loses_its_polled_play_to_one_that_is_nearer() -> None:
    play = shown(4.2, ms_played=90_000, seen_by=3)
    far, near = seen(row(0, ms=90_000), play), row(4, ms=95_000)

    done = judged([play], [far, near])

    assert done.changed == [replace(play, ms_played=95_000)]
    assert done.added == [told(0, far)]
    assert done.linked == [(far, None), (near, play.play_id)]
    assert done.merged == [near]


def test_two_rows_of_a_track_in_the_same_second_are_two_plays_a_millisecond_apart() -> None:
    short, long = row(0, ms=200, place=1), row(0, place=2)

    done = judged([], [short, long])

    assert done.added == [told(0, long), told(0.001, short)]
    assert done.linked == [(short, told(0, short).play_id)]


def test_a_row_leaves_the_place_of_a_play_that_is_another_one() -> None:
    polled = shown(0)
    mine, other = row(0), row(0, ms=100_000, place=1)

    done = judged([polled], [mine, other])

    assert [each.play_id for each in done.changed] == [polled.play_id]
    assert [each.played_at for each in done.added] == [at(0.001)]


def test_a_play_told_twice_is_one_and_as_long_as_the_longer() -> None:
    rows = [row(100, ms=178_000, started_at=at(-80)), row(110, started_at=at(-80))]

    done = judged([], rows)

    assert done.added == [told(100, rows[0], ms_played=LENGTH)]
    assert done.linked == [(rows[1], done.added[0].play_id)]
    assert done.duplicates == [rows[1]]


def test_the_same_row_of_another_import_is_a_duplicate() -> None:
    again = row(0, number=2)

    done = judged([told(0, row(0))], [seen(row(0)), again])

    assert done == Placed(duplicates=[again])


def test_equal_minutes_of_one_file_are_as_many_plays_and_those_of_another_file_are_the_same() -> None:
    minutes = [row(0, place=n, file=n // 2, to_the_minute=True) for n in range(4)]

    done = judged([], minutes)

    assert [each.played_at for each in done.added] == [at(0), at(0.001)]
    assert done.duplicates == minutes[2:]


def test_a_play_of_a_minute_moves_to_its_second_and_keeps_its_id() -> None:
    minute, exact = row(60, "n", to_the_minute=True), row(83, "a")
    play = told(60, minute, seen_by=4)

    done = judged([play], [seen(minute), exact], songs={"a": frozenset({"n"})})

    assert done.removed == [play.play_id]
    assert done.added == [replace(play, played_at=at(83), track_id="a", seen_by=6)]
    assert done.linked == [(seen(minute), play.play_id)]
    assert done.duplicates == [exact]


def test_a_play_that_nobody_saw_is_removed() -> None:
    assert judged([told(0, row(0))], []).removed == [told(0, row(0)).play_id]


def test_a_polled_play_forgets_a_row_that_is_gone() -> None:
    assert judged([shown(0.4, ms_played=LENGTH, seen_by=3)], []).changed == [shown(0.4)]


def test_what_is_far_away_is_left_alone() -> None:
    orphan, forgetful = told(2 * HOUR, row(0)), shown(-2 * HOUR, ms_played=5, seen_by=7)

    assert judged([orphan, forgetful], [seen(row(3 * HOUR))]) == Placed()


def test_what_is_far_away_counts_when_it_loses_its_play() -> None:
    play = shown(0, ms_played=LENGTH, seen_by=3)
    far = seen(row(110), play)

    done = judged([play], [far, row(1)], within=100)

    assert done.added == [told(110, far)]
    assert sorted(done.linked, key=repr) == sorted([(far, None), (row(1), play.play_id)], key=repr)


def test_an_id_that_is_taken_is_not_given_twice() -> None:
    taken = shown(0.4, "b", play_id=told(0, row(0)).play_id)

    (added,) = judged([taken], [row(0)]).added

    assert added == replace(told(0, row(0)), play_id=added.play_id)
    assert added.play_id != taken.play_id


def test_how_long_a_song_was_on_repeat_is_told() -> None:
    rows = [row(180 * n) for n in range(100)]

    assert judged([], rows, within=HOUR).reach == timedelta(seconds=180 * 99 - HOUR)
    assert judged([], rows[:2], within=HOUR).reach == timedelta()


def test_as_many_plays_in_one_second_as_somebody_may_write_are_placed_in_time() -> None:
    rows = [row(0, ms=LENGTH + n, place=n, entering=True) for n in range(20_000)]

    began = process_time()
    done = judged([], rows)

    assert len({play.key for play in done.added}) == 20_000
    assert process_time() - began < 20  # each beside all others: minutes
