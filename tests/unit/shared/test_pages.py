"""What a page proves, and where a way back through pages ends."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.messages.jobs import Reason
from spindle.shared.messages.plays import Play, Track
from spindle.shared.pages import dead_end, proven
from spindle.shared.spotify.plays import RecentlyPlayed

NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
MS = timedelta(milliseconds=1)
DAY = timedelta(days=1)


def page(*ends: datetime, unreadable: int = 0) -> RecentlyPlayed:
    plays = tuple(Play(played_at=end, track=Track(id="x", name="x")) for end in sorted(ends, reverse=True))
    return RecentlyPlayed(plays, unreadable, min(ends, default=None), max(ends, default=None))


UNREADABLE = RecentlyPlayed((), unreadable=50, oldest=NOW - DAY, newest=NOW)


@pytest.mark.parametrize(
    ("before", "found", "expected"),
    [
        pytest.param(None, page(), Reason.EMPTY_PAGE, id="nothing was ever played"),
        pytest.param(NOW, page(), Reason.EMPTY_PAGE, id="nothing is older"),
        pytest.param(None, UNREADABLE, None, id="a page of which nothing could be read leads on"),
        pytest.param(None, page(NOW), None, id="the first page has nothing to be older than"),
        pytest.param(NOW, page(NOW + MS), Reason.NO_PROGRESS, id="newer than asked for"),
        pytest.param(NOW, page(NOW), Reason.NO_PROGRESS, id="the oldest did not move"),
        pytest.param(NOW, page(NOW - MS), None, id="the oldest moved by a millisecond"),
        pytest.param(NOW, page(NOW + MS, NOW - MS), None, id="the oldest moved, the newest did not"),
    ],
)
def test_a_way_back_ends_where_no_older_page_can_follow(
    before: datetime | None, found: RecentlyPlayed, expected: Reason | None
) -> None:
    assert dead_end(before, found) is expected


@pytest.mark.parametrize(
    ("before", "found", "expected"),
    [
        pytest.param(None, page(), None, id="nothing played"),
        pytest.param(NOW, page(), None, id="nothing older"),
        pytest.param(NOW, UNREADABLE, None, id="nothing readable"),
        pytest.param(NOW, page(NOW - MS, NOW - DAY, unreadable=1), None, id="one item not readable"),
        pytest.param(None, page(NOW - MS, NOW - DAY), (NOW - DAY, NOW - MS), id="the first page, up to its newest"),
        pytest.param(NOW, page(NOW - MS, NOW - DAY), (NOW - DAY, NOW), id="a later page, up to its cursor"),
        pytest.param(NOW, page(NOW - DAY), (NOW - DAY, NOW), id="one play"),
        pytest.param(NOW - DAY, page(NOW, NOW - MS), (NOW - MS, NOW), id="a page that ignores the cursor"),
    ],
)
def test_a_page_proves_what_lies_between_its_oldest_play_and_where_it_began(
    before: datetime | None, found: RecentlyPlayed, expected: tuple[datetime, datetime] | None
) -> None:
    window = proven(before, found)

    assert ((window.after, window.before) if window else None) == expected


TIMES = st.integers(0, 10**6).map(lambda ms: NOW - ms * MS)


@given(before=st.none() | TIMES, ends=st.lists(TIMES, min_size=1, max_size=50))
def test_a_window_never_ends_before_it_begins(before: datetime | None, ends: list[datetime]) -> None:
    window = proven(before, page(*ends))

    assert window is not None
    assert window.after <= window.before
    assert window.after == min(ends)


@given(ends=st.lists(TIMES, min_size=1, max_size=50))
def test_the_newest_page_proves_nothing_outside_its_plays(ends: list[datetime]) -> None:
    window = proven(None, page(*ends))

    assert window is not None
    assert (window.after, window.before) == (min(ends), max(ends))
