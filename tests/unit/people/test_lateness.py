"""How late polls are recorded, of many together."""

from datetime import UTC, datetime, timedelta

from spindle.people.lateness import lateness
from spindle.people.logins import soonest
from spindle.shared.ids import new_user
from spindle.shared.messages.ask import Listener, PollLag

LINKED = datetime(2026, 11, 1, tzinfo=UTC)


def listener(name: str, **known: object) -> Listener:
    return Listener.model_validate({"user": new_user(), "name": name, "account": name, "linked_at": LINKED, **known})


def lag(p50: float, p95: float) -> PollLag:
    return PollLag(p50=timedelta(seconds=p50), p95=timedelta(seconds=p95), polls=100)


def test_the_middle_and_the_latest_are_told_by_name() -> None:
    everyone = [listener("ada", poll_lag=lag(1, 2)), listener("bo", poll_lag=lag(3, 90)), listener("new")]

    told = lateness([*everyone, listener("cy", poll_lag=lag(2, 5))])

    assert told is not None
    assert told.words == "half of the polls are recorded within 2.0 s, 95 % within 2 min (the latest: bo)"
    assert lateness([listener("new")]) is None


def test_who_has_to_log_in_first_stands_first() -> None:
    early, late = LINKED - timedelta(days=90), LINKED + timedelta(days=5)
    everyone = [listener("late"), listener("early", authorized_at=early), listener("gone", disconnected_at=late)]

    assert [one.name for one in soonest(everyone)] == ["gone", "early", "late"]
