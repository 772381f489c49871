"""What someone who needs an access token does next."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from spindle.shared.spotify.accounts import Grant
from spindle.shared.spotify.records import LEASE, Lost, Move, Record, move
from spindle.shared.spotify.transport import TOTAL

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
BARE = Record(login="1", client_id="app", refresh_token=SecretStr("refresh-1"))


def renewed(left: timedelta, lifetime: timedelta = timedelta(hours=1)) -> Record:
    grant = Grant(SecretStr("access-1"), NOW + left)
    return BARE.renewed(grant, NOW + left - lifetime)


@pytest.mark.parametrize(
    ("record", "then"),
    [
        (BARE, Move.RENEW),
        (renewed(timedelta(minutes=59)), Move.USE),
        (renewed(timedelta(seconds=61)), Move.USE),
        (renewed(timedelta(seconds=60)), Move.RENEW),
        (renewed(timedelta(seconds=-1)), Move.RENEW),
        (renewed(timedelta(seconds=3), lifetime=timedelta(seconds=4)), Move.USE),
        (renewed(timedelta(seconds=1), lifetime=timedelta(seconds=4)), Move.RENEW),
        (renewed(timedelta(seconds=0), lifetime=timedelta(seconds=0)), Move.RENEW),
        (renewed(timedelta(minutes=59)).leased("other", NOW), Move.USE),
        (BARE.leased("other", NOW), Move.WAIT),
        (BARE.leased("other", NOW - LEASE), Move.RENEW),
        (BARE.leased("me", NOW), Move.RENEW),
        (BARE.leased("other", NOW).released(), Move.RENEW),
        (BARE.disconnected("revoked", NOW), Move.STOP),
        (renewed(timedelta(minutes=59)).disconnected("revoked", NOW), Move.STOP),
        (BARE.leased("other", NOW).disconnected("revoked", NOW), Move.STOP),
    ],
)
def test_what_follows_from_a_record(record: Record, then: Move) -> None:
    assert move(record, None, "me", NOW) == then


def test_a_rejected_token_is_renewed_and_its_successor_is_used() -> None:
    record = renewed(timedelta(minutes=59))

    assert move(record, SecretStr("access-1"), "me", NOW) == Move.RENEW
    assert move(record, SecretStr("access-0"), "me", NOW) == Move.USE


def test_a_renewal_without_a_refresh_token_keeps_the_old_one() -> None:
    kept = BARE.renewed(Grant(SecretStr("access-1"), NOW), NOW)
    rotated = BARE.renewed(Grant(SecretStr("access-1"), NOW, SecretStr("refresh-2")), NOW)

    assert kept.refresh_token == SecretStr("refresh-1")
    assert rotated.refresh_token == SecretStr("refresh-2")


def test_a_record_comes_back_as_it_was_and_never_shows_its_tokens() -> None:
    record = renewed(timedelta(hours=1)).leased("me", NOW).disconnected("revoked", NOW)

    assert Record.model_validate_json(record.encoded()) == record
    for text in (repr(record), str(record), repr(record.model_dump())):
        assert "refresh-1" not in text
        assert "access-1" not in text


def test_a_lease_outlasts_the_longest_call() -> None:
    assert LEASE > TOTAL


@pytest.mark.parametrize(
    ("record", "blamed"),
    [
        (BARE, "revoked"),
        (BARE.leased("other", NOW).leased("me", NOW), "lost when a process ended"),
        (BARE.leased("other", NOW).leased("me", NOW).released(), "lost when a process ended"),
        (BARE.leased("me", NOW).released(Lost.NO_ANSWER), "never answered"),
        (BARE.leased("me", NOW).released(Lost.NO_ANSWER).leased("me", NOW).released(), "never answered"),
        (BARE.leased("me", NOW).released(), "revoked"),
        (BARE.leased("other", NOW).leased("me", NOW).renewed(Grant(SecretStr("a"), NOW), NOW), "revoked"),
        (BARE.model_copy(update={"authorized_at": NOW - timedelta(days=185)}), "older than six months"),
        (BARE.model_copy(update={"authorized_at": NOW - timedelta(days=180)}), "revoked"),
    ],
)
def test_a_refusal_is_put_down_to_what_we_know_and_spotify_does_not(record: Record, blamed: str) -> None:
    told = record.blamed("revoked", NOW)

    assert told.startswith("revoked")
    assert told.endswith(blamed) or f"{blamed}, and with it" in told or f"{blamed}, and a new" in told
