"""A door: what closes it, for how long, and for whom."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.shared.spotify.door import ANYONE, LONGEST_UNTOLD, PROBE, Door, Family, Owner, Scope, closed, family, wait
from spindle.shared.spotify.errors import RateLimited
from spindle.shared.spotify.retry_after import LONGEST, WINDOW
from spindle.shared.spotify.transport import TOTAL

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
CLIENT = Scope("client", quota=False)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


def shut(refusal: RateLimited, door: Door | None = None, now: datetime = NOW) -> Door:
    return closed(door, Family.HISTORY, CLIENT, refusal, now)


def test_a_refusal_shuts_the_door_until_its_deadline_and_not_a_second_longer() -> None:
    door = shut(RateLimited(seconds(19056)))

    assert door.shut(NOW + seconds(19055.999))
    assert not door.ajar(NOW + seconds(19055.999))
    assert not door.shut(NOW + seconds(19056))
    assert door.ajar(NOW + seconds(19056))


@pytest.mark.parametrize(
    ("later", "told", "same"), [(0.5, 60, True), (0.5, 60.7, False), (1.5, 60, False), (30, 30.5, False)]
)
def test_refusals_of_one_moment_close_the_door_once_until_the_latest_deadline(
    later: float, told: float, same: bool
) -> None:
    first = shut(RateLimited(seconds(60))).model_copy(update={"announced": True})

    door = shut(RateLimited(seconds(told)), first, NOW + seconds(later))

    assert door.until == NOW + seconds(later) + seconds(told)
    assert (door.closed_at == first.closed_at, door.announced) == (same, same)


def test_a_probe_may_last_longer_than_a_call_can() -> None:
    assert PROBE > TOTAL


def test_after_its_deadline_one_probe_at_a_time_is_made() -> None:
    at = NOW + seconds(60)
    door = shut(RateLimited(seconds(60))).probed_by("me", at)

    assert door.taken("you", at)
    assert not door.taken("me", at)
    assert not door.taken("you", at + PROBE)
    assert not door.released().taken("you", at)


def test_a_door_that_was_opened_is_neither_shut_nor_ajar() -> None:
    door = shut(RateLimited(seconds(60))).opened(NOW + seconds(61))

    assert not door.shut(NOW)
    assert not door.ajar(NOW + seconds(100))


def test_what_a_wrong_clock_has_closed_or_is_probing_holds_nobody() -> None:
    in_a_year = NOW + timedelta(days=365)
    door = shut(RateLimited(LONGEST), now=in_a_year)
    probed = door.probed_by("me", in_a_year)

    assert shut(RateLimited(LONGEST)).shut(NOW)
    assert not door.shut(NOW)
    assert door.ajar(NOW)
    assert not probed.taken("you", NOW)
    assert shut(RateLimited(seconds(60)), door).until == NOW + seconds(60)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(1, 200)), min_size=2, max_size=30))
def test_a_deadline_never_moves_forward_while_the_door_is_shut(refusals: list[tuple[float, float]]) -> None:
    now, door = NOW, None
    for pause, told in refusals:
        now += seconds(pause)
        before, door = door, shut(RateLimited(seconds(told)), door, now)

        assert door.until >= now + seconds(told)
        if before and before.shut(now):
            assert door.until >= before.until
            assert door.refusals == before.refusals


def test_refusals_without_a_word_on_how_long_wait_twice_as_long_each_time_up_to_an_hour() -> None:
    now, door, waits = NOW, None, []
    for _ in range(10):
        door = shut(RateLimited(WINDOW, told=False), door, now)
        waits.append((door.until - now).total_seconds())
        now = door.until

    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert wait(RateLimited(WINDOW, told=False), 10**9) == LONGEST_UNTOLD
    assert wait(RateLimited(seconds(3)), 10**9) == seconds(3)


def test_a_door_that_was_open_in_between_begins_to_count_anew() -> None:
    first = shut(RateLimited(WINDOW, told=False)).opened(NOW + WINDOW)

    assert shut(RateLimited(WINDOW, told=False), first, NOW + WINDOW).refusals == 1


def test_a_quota_is_the_developer_accounts_and_a_rate_the_clients() -> None:
    rate, quota = Owner("client-1", "ann").scopes()

    assert rate.key(Family.HISTORY) == "door.history.client.client-1"
    assert quota.key(Family.HISTORY) == "door.history.account.ann"
    assert Owner("client-2", "ann").scopes()[1] == quota
    assert Owner("client-2", "").scopes()[1].of == "client-2"


def test_a_name_that_no_key_can_hold_gets_one_of_its_own() -> None:
    keys = {Scope(name, quota=True).key(Family.LIBRARY) for name in ("", "a b", "a*b", "a>b", "é", "x" * 200)}

    assert len(keys) == 6
    assert all(set(key) <= set("abcdefghijklmnopqrstuvwxyz0123456789.=") for key in keys)


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/me/player/recently-played", Family.HISTORY), ("/me/tracks", Family.LIBRARY), ("/me", Family.PROFILE)],
)
def test_every_endpoint_that_is_called_has_its_family(path: str, expected: Family) -> None:
    assert family(path) is expected


def test_a_door_of_another_client_is_none_of_ours_and_one_of_the_account_is() -> None:
    rate, quota = (shut(RateLimited(seconds(60))).model_copy(update=of) for of in ({"of": "old"}, {"of": "ann"}))
    quota = quota.model_copy(update={"quota": True})

    assert [Owner("new", "ann").passes(door) for door in (rate, quota)] == [False, True]
    assert [Owner("old", "").passes(door) for door in (rate, quota)] == [True, False]
    assert ANYONE.passes(rate)
