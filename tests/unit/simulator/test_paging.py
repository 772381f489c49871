"""The cursors of recently-played: exclusive, newest first, and complete when they are followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.simulator.logic.paging import BadQuery, Links, Query, links, page, query
from spindle.simulator.worlds.plays import Play

_PATH = "http://spotify.test/v1/me/player/recently-played"


def _plays(*ended: int) -> list[Play]:
    """Newest first, as the API sees them."""
    return [Play(at, 200_000, None) for at in sorted(ended, reverse=True)]


def _times(plays: list[Play]) -> list[int]:
    return [play.played_at for play in plays]


@pytest.mark.parametrize(
    ("asked", "reach", "expected"),
    [
        (Query(2), None, [50, 40]),
        (Query(50), None, [50, 40, 30, 20, 10]),
        (Query(2, before=40), None, [30, 20]),
        (Query(2, before=41), None, [40, 30]),
        (Query(2, before=10), None, []),
        (Query(2, after=10), None, [50, 40]),
        (Query(9, after=30), None, [50, 40]),
        (Query(9, after=50), None, []),
        (Query(9), 3, [50, 40, 30]),
        (Query(9, before=40), 3, [30]),
        (Query(9, before=30), 3, []),
        (Query(9, after=0), 3, [50, 40, 30]),
    ],
)
def test_a_page_holds_what_its_query_asks_for(asked: Query, reach: int | None, expected: list[int]) -> None:
    assert _times(page(_plays(10, 20, 30, 40, 50), asked, reach)) == expected


def test_after_yields_the_newest_plays_and_not_the_ones_next_to_the_cursor() -> None:
    plays = _plays(*range(1, 100))

    assert _times(page(plays, Query(50, after=1), 50)) == list(range(99, 49, -1))


_SOME_TIMES = st.sets(st.integers(0, 10_000), max_size=120)


@given(ended=_SOME_TIMES, limit=st.integers(1, 50), reach=st.sampled_from([None, 1, 50]))
def test_following_before_shows_every_reachable_play_once(ended: set[int], limit: int, reach: int | None) -> None:
    plays, seen, asked = _plays(*ended), list[int](), Query(limit)

    while shown := page(plays, asked, reach):
        seen += _times(shown)
        asked = Query(limit, before=shown[-1].played_at)

    assert seen == _times(plays)[:reach]


@given(ended=_SOME_TIMES, cursor=st.integers(0, 10_000), limit=st.integers(1, 50))
def test_cursors_are_exclusive_to_the_millisecond(ended: set[int], cursor: int, limit: int) -> None:
    plays = _plays(*ended)

    assert all(at < cursor for at in _times(page(plays, Query(limit, before=cursor), None)))
    assert all(at > cursor for at in _times(page(plays, Query(limit, after=cursor), None)))


def test_a_short_page_still_has_a_next() -> None:
    found = links(_plays(10, 20), Query(50), _PATH)

    assert found == Links(f"{_PATH}?before=10&limit=50", {"after": "20", "before": "10"})


def test_a_page_after_a_cursor_goes_on_in_that_direction() -> None:
    assert links(_plays(10, 20), Query(50, after=5), _PATH).next == f"{_PATH}?after=20&limit=50"


def test_an_empty_page_has_neither_next_nor_cursors() -> None:
    assert links([], Query(), _PATH) == Links(None, None)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"limit": "0"}, "Invalid limit"),
        ({"limit": "51"}, "Invalid limit"),
        ({"limit": "ten"}, "Invalid limit"),
        ({"limit": ""}, "Invalid limit"),
        ({"after": "1", "before": "2"}, "Only one of before and after may be given"),
        ({"before": "yesterday"}, "Invalid before"),
        ({"after": "1.5"}, "Invalid after"),
    ],
)
def test_a_bad_query_is_refused_with_a_reason(params: dict[str, str], message: str) -> None:
    with pytest.raises(BadQuery, match=message):
        query(params)


def test_a_query_without_parameters_asks_for_twenty() -> None:
    assert query({}) == Query(20, None, None)
    assert query({"limit": "50", "before": "1795229398769"}) == Query(50, None, 1795229398769)
