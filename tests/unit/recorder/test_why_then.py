"""Why a listener's next poll is when it is: of the poll that is known to be next, whatever comes in which order."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from spindle.recorder.logic.checkpoints import Checkpoint, with_page
from spindle.shared.ids import Kind, new_job, new_user
from spindle.shared.messages.plays import PlaysFetched, Source

NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
USER = new_user()


def page(hours: int | None, why: str | None) -> PlaysFetched:
    return PlaysFetched(
        user=USER,
        job=new_job(Kind.POLL, USER),
        step=1,
        source=Source.POLL,
        started_at=NOW,
        fetched_at=NOW,
        requests=1,
        next_poll_at=None if hours is None else NOW + timedelta(hours=hours),
        next_poll_why=why,
    )


def test_the_reason_is_that_of_the_latest_next_poll_in_any_order_of_arrival() -> None:
    pages = (page(1, "in a session"), page(3, "usually asleep"), page(2, None), page(None, None))

    found = set()
    for order in itertools.permutations(pages):
        known = Checkpoint(user_id=USER)
        for each in order:
            known = with_page(known, each, 0)
        found.add(known)

    assert {(each.next_poll_why, each.next_poll_why_at) for each in found} == {
        ("usually asleep", NOW + timedelta(hours=3))
    }


def test_a_next_poll_that_no_page_has_told_has_no_reason() -> None:
    known = with_page(Checkpoint(user_id=USER), page(1, "in a session"), 0)

    assert replace(known, next_poll_at=NOW + timedelta(hours=1)).why_then == "in a session"
    assert replace(known, next_poll_at=NOW + timedelta(hours=2)).why_then is None
