"""Which sightings are of one and the same play: each rule by examples."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.recorder.logic.twins import Side, Sight, judged

NOON = 1_767_268_800_000
SONG = frozenset({"id:1", "name:a"})


def polled(key: str, at: float, songs: frozenset[str] = SONG) -> Sight:
    """`at` is in seconds after noon, as in the others."""
    return Sight(key, Side.API, NOON + round(at * 1000), songs)


def row(key: str, at: int, played: float = 200, started: float | None = None, songs: frozenset[str] = SONG) -> Sight:
    device = None if started is None else NOON + round(started * 1000)
    return Sight(key, Side.EXTENDED, NOON + at * 1000, songs, round(played * 1000), device)


def minute(key: str, at: int, played: float = 200, songs: frozenset[str] = SONG) -> Sight:
    return Sight(key, Side.ACCOUNT, NOON + at * 60_000, songs, round(played * 1000))


def told(*sights: Sight) -> set[str]:
    """The plays, each as the keys of its sights."""
    return {"+".join(sorted(str(sight.key) for sight in play)) for play in judged(sights)}


@pytest.mark.parametrize(
    ("end", "shown", "plays"),
    [
        (100, 100.999, {"p+r"}),
        (100, 95, {"p+r"}),
        (100, 105.999, {"p+r"}),
        (100, 219.999, {"p+r"}),
        (100, 220.999, {"p+r"}),
        (100, 221, {"p", "r"}),
        (100, -20, {"p+r"}),
        (100, -20.001, {"p", "r"}),
    ],
)
def test_a_row_is_the_polled_play_that_ended_no_more_than_a_pause_away(end: int, shown: float, plays: set[str]) -> None:
    assert told(row("r", end), polled("p", shown)) == plays


@pytest.mark.parametrize(
    ("sights", "plays"),
    [
        ([row("r", 700), polled("p", 500.4)], {"p+r"}),
        ([row("r", 700), polled("p", 495)], {"p+r"}),
        ([row("r", 700), polled("p", 494.9)], {"p", "r"}),
        ([row("r", 700), polled("p", 505.9)], {"p+r"}),
        ([row("r", 700), polled("p", 506)], {"p", "r"}),
        ([row("r", 900, started=500), polled("p", 501.2)], {"p+r"}),
        ([row("r", 900, started=500), polled("p", 507)], {"p", "r"}),
        ([row("r", 12_000, started=500), polled("p", 500)], {"p", "r"}),
        ([row("r", 12_000, played=11_500), polled("p", 500)], {"p", "r"}),
        ([row("r", 100, played=20), polled("p", 80.5)], {"p+r"}),
        ([row("r", 700), polled("p", 500), polled("q", 790)], {"p", "q+r"}),
    ],
)
def test_a_row_is_the_polled_play_that_has_its_start_for_the_end(sights: list[Sight], plays: set[str]) -> None:
    assert told(*sights) == plays


@pytest.mark.parametrize(
    ("sights", "plays"),
    [
        ([row("r", 100, played=29), polled("p", 103)], {"p+r"}),
        ([row("r", 100, played=29), polled("p", 110)], {"p", "r"}),
        ([row("r", 100, played=30), polled("p", 110)], {"p+r"}),
        ([row("r", 100, played=29), row("s", 104, played=31), polled("p", 100)], {"r", "p+s"}),
        ([row("r", 100, played=29), row("s", 200, played=31), polled("p", 100)], {"r", "p+s"}),
    ],
)
def test_rows_under_thirty_seconds_get_only_what_the_others_leave_them(sights: list[Sight], plays: set[str]) -> None:
    assert told(*sights) == plays


@pytest.mark.parametrize(
    ("sights", "plays"),
    [
        ([row("r", 100), row("s", 180), polled("p", 101), polled("q", 120)], {"p+r", "q+s"}),
        ([row("r", 100), row("s", 103), polled("p", 103)], {"r", "p+s"}),
        ([row("r", 100), polled("p", 97), polled("q", 102)], {"p", "q+r"}),
        ([row("r", 100), polled("p", 40), polled("q", 180)], {"p+r", "q"}),
        ([row("r", 60), row("s", 160), polled("p", 100), polled("q", 215)], {"p+r", "q+s"}),
        ([row("r", 60), row("s", 100), polled("p", 100)], {"r", "p+s"}),
        ([row("r", 100, played=90), row("s", 100), polled("p", 100)], {"r", "p+s"}),
        ([row("r", 100), row("s", 140), polled("o", 0), polled("p", 140), polled("q", 180)], {"o+r", "p+s", "q"}),
    ],
)
def test_as_many_as_possible_meet_the_surest_and_then_the_nearest(sights: list[Sight], plays: set[str]) -> None:
    assert told(*sights) == plays


def on_repeat(*shown: float) -> set[str]:
    """Three plays of two hundred seconds, and what the API showed."""
    rows = [row(f"r{place}", 200 * place) for place in (1, 2, 3)]
    return told(*rows, *(polled(f"p{place}", at) for place, at in enumerate(shown, 1)))


@pytest.mark.parametrize(
    ("what", "shown", "plays"),
    [
        ("every end", [200.3, 400.3, 600.3], {"p1+r1", "p2+r2", "p3+r3"}),
        ("every start", [0.5, 200.5, 400.5], {"p1+r1", "p2+r2", "p3+r3"}),
        ("the first start", [0.5, 400.3, 600.3], {"p1+r1", "p2+r2", "p3+r3"}),
        ("from the second start on", [200.3, 200.5, 400.5], {"p1+r1", "p2+r2", "p3+r3"}),
        ("two ends", [200.3, 400.3], {"p1+r1", "p2+r2", "r3"}),
        ("an end after a pause", [290.3, 400.3, 600.3], {"p1+r1", "p2+r2", "p3+r3"}),
    ],
)
def test_a_song_on_repeat_keeps_all_its_plays_whatever(what: str, shown: list[float], plays: set[str]) -> None:
    assert on_repeat(*shown) == plays


@pytest.mark.parametrize(
    ("sights", "plays"),
    [
        ([minute("m", 1), row("r", 119)], {"m+r"}),
        ([minute("m", 1), row("r", 60)], {"m+r"}),
        ([minute("m", 1), row("r", 120)], {"m", "r"}),
        ([minute("m", 1), row("r", 59)], {"m", "r"}),
        ([minute("m", 1), row("r", 119, played=199.999)], {"m", "r"}),
        ([minute("m", 1), minute("n", 1), row("r", 70)], {"m+r", "n"}),
        ([minute("m", 1), minute("n", 1), row("r", 70), row("s", 80)], {"m+r", "n+s"}),
        ([minute("m", 1, 5), minute("n", 1), row("r", 70), row("s", 80, 5)], {"m+s", "n+r"}),
        ([minute("m", 1), row("r", 100), polled("p", 215)], {"m+p+r"}),
    ],
)
def test_a_minute_is_the_row_of_that_minute_with_the_same_listening(sights: list[Sight], plays: set[str]) -> None:
    assert told(*sights) == plays


@pytest.mark.parametrize(
    ("sights", "plays"),
    [
        ([minute("m", 1), polled("p", 119.999)], {"m+p"}),
        ([minute("m", 1), polled("p", 55)], {"m+p"}),
        ([minute("m", 1), polled("p", 239.999)], {"m+p"}),
        ([minute("m", 1), polled("p", 240)], {"m", "p"}),
        ([minute("m", 9), polled("p", 380)], {"m+p"}),
        ([minute("m", 1, played=20), polled("p", 119)], {"m+p"}),
        ([minute("m", 1, played=20), polled("p", 130)], {"m", "p"}),
        ([minute("m", 1, played=199), row("r", 70), polled("p", 70)], {"m", "p+r"}),
        ([minute("m", 1), row("r", 70), polled("p", 70), polled("q", 75)], {"m+p+r", "q"}),
    ],
)
def test_a_minute_without_a_row_may_be_a_polled_play_without_one(sights: list[Sight], plays: set[str]) -> None:
    assert told(*sights) == plays


@pytest.mark.parametrize(
    ("sights", "plays"),
    [
        ([row("r", 100, started=0), row("s", 107, started=0)], {"r+s"}),
        ([row("r", 100, started=0), row("s", 220, started=0)], {"r+s"}),
        ([row("r", 100, started=0), row("s", 221, started=0)], {"r", "s"}),
        ([row("r", 100, started=0), row("s", 107, started=0.001)], {"r", "s"}),
        ([row("r", 100), row("s", 107)], {"r", "s"}),
        ([row("r", 100, started=0), row("s", 100, started=0)], {"r", "s"}),
        ([row("r", 100, started=0), row("s", 160, started=0), row("t", 221, started=0)], {"r+s", "t"}),
        ([row("r", 100, started=0), row("s", 100, 9, 0), row("t", 107, 9, 0)], {"r+t", "s"}),
        ([row("r", 100, started=0), row("s", 160, started=0), polled("p", 161)], {"p+r+s"}),
        ([row("r", 100, 20, started=0), row("s", 107, started=0), polled("p", 220)], {"p+r+s"}),
        ([row("r", 110, started=0), row("s", 121, started=0), minute("m", 2)], {"m+r+s"}),
        ([row("r", 110, started=0), row("s", 107, started=0, songs=frozenset({"id:2"}))], {"r", "s"}),
    ],
)
def test_rows_that_began_together_are_one_play_told_twice(sights: list[Sight], plays: set[str]) -> None:
    assert told(*sights) == plays


@pytest.mark.parametrize(
    "sights",
    [
        [polled("a", 100), polled("b", 100.064), polled("c", 103.2)],
        [row("a", 100), row("b", 100, played=90)],
        [row("a", 100), row("b", 100)],
        [minute("a", 1), minute("b", 1)],
        [row("a", 100), polled("b", 100, frozenset({"id:2", "name:b"})), minute("c", 1, songs=frozenset({"name:c"}))],
        [row("a", 100, songs=frozenset()), polled("b", 100, frozenset())],
    ],
)
def test_nothing_else_is_one(sights: list[Sight]) -> None:
    assert told(*sights) == {str(sight.key) for sight in sights}


def test_a_song_is_the_same_by_its_id_or_by_its_name() -> None:
    relinked = polled("p", 100, frozenset({"id:2", "id:9", "name:a"}))
    renamed = row("r", 101, songs=frozenset({"id:9", "name:a (remastered)"}))
    nameless = minute("m", 1, songs=frozenset({"name:a (remastered)"}))

    assert told(relinked, renamed, nameless) == {"m+p+r"}


ONE, BOTH, OTHER = frozenset({"id:1"}), frozenset({"id:1", "id:2"}), frozenset({"id:2"})


@pytest.mark.parametrize(
    ("sights", "plays"),
    [
        ([polled("p", 100, ONE), row("r", 100, songs=OTHER), row("s", 900, songs=BOTH)], {"p", "r", "s"}),
        ([minute("m", 1, songs=ONE), row("r", 100, songs=OTHER), row("s", 900, songs=BOTH)], {"m", "r", "s"}),
        (
            [row("q", 100, started=0, songs=ONE), row("r", 101, started=0, songs=OTHER), row("s", 900, songs=BOTH)],
            {"q", "r", "s"},
        ),
        (
            [row("r", 100, started=0, songs=ONE), row("s", 101, started=0, songs=BOTH), polled("p", 100, OTHER)],
            {"p+r+s"},
        ),
    ],
)
def test_two_songs_are_not_one_because_a_third_is_like_both(sights: list[Sight], plays: set[str]) -> None:
    assert told(*sights) == plays


SONGS = st.frozensets(st.sampled_from(["id:1", "id:2", "id:3", "name:a", "name:b"]), max_size=2)
TIMES = st.integers(0, 900).map(lambda seconds: NOON + 1000 * seconds)
LENGTHS = st.sampled_from([None, 0, 20_000, 31_000, 100_000, 400_000])
SIGHTS = st.lists(
    st.builds(Sight, st.integers(0, 10**6), st.sampled_from(Side), TIMES, SONGS, LENGTHS, st.none() | TIMES),
    unique_by=lambda sight: sight.key,
    max_size=14,
)


@given(SIGHTS)
def test_every_sight_is_in_exactly_one_play(sights: list[Sight]) -> None:
    plays = judged(sights)

    assert sorted(sight.key for play in plays for sight in play) == sorted(sight.key for sight in sights)


@given(SIGHTS)
def test_a_play_has_one_sight_of_a_side_or_rows_that_began_together(sights: list[Sight]) -> None:
    for play in judged(sights):
        rows = [sight for sight in play if sight.side is Side.EXTENDED]

        assert len([sight for sight in play if sight.side is Side.API]) <= 1
        assert len([sight for sight in play if sight.side is Side.ACCOUNT]) <= 1
        assert len(rows) <= 1 or len({row.started for row in rows} - {None}) == 1
        assert len({row.at for row in rows}) == len(rows)


@given(SIGHTS.flatmap(lambda sights: st.tuples(st.just(sights), st.permutations(sights))))
def test_the_order_in_which_they_come_does_not_matter(sights: tuple[list[Sight], list[Sight]]) -> None:
    assert judged(sights[0]) == judged(sights[1])
