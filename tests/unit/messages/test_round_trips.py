"""Whatever a message holds, the reader gets it as it was: times to the millisecond, lengths, every language."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from spindle.shared.messages.control import Pause
from spindle.shared.messages.plays import Album, Artist, Play, PlaysFetched, PollPlays, Source, SyncPlays, Track, Window

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
JOB = f"initial.{USER}.01a80c5e7e007d1e8b6a5c4d3e2f1a0b"
NOW = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)

MILLISECONDS = st.integers(-(2**42), 2**42)
TIMES = MILLISECONDS.map(lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms))
LENGTHS = st.integers(0, 2**40).map(lambda ms: timedelta(milliseconds=ms))
MAYBE_TEXT = st.none() | st.text()

TRACKS = st.builds(
    Track,
    id=st.text(),
    name=st.text(),
    artists=st.lists(st.builds(Artist, id=MAYBE_TEXT, name=st.text()), max_size=3).map(tuple),
    album=st.none() | st.builds(Album, id=MAYBE_TEXT, name=st.text(), release_date=MAYBE_TEXT),
    duration=st.none() | LENGTHS,
    isrc=MAYBE_TEXT,
    explicit=st.none() | st.booleans(),
)
PAGES = st.builds(
    PlaysFetched,
    user=st.just(USER),
    job=st.just(JOB),
    step=st.integers(0, 2**63),
    source=st.sampled_from(Source),
    started_at=TIMES,
    fetched_at=TIMES,
    requests=st.integers(0, 2**31),
    plays=st.lists(st.builds(Play, played_at=TIMES, track=TRACKS, context=MAYBE_TEXT), max_size=4).map(tuple),
    window=st.none() | st.builds(Window, after=TIMES, before=TIMES),
    next_poll_at=st.none() | TIMES,
)


@given(page=PAGES)
def test_a_page_of_plays_survives_the_bus(page: PlaysFetched) -> None:
    read = PlaysFetched.decoded(page.encoded())

    assert read == page
    assert read.encoded() == page.encoded()
    assert read.identity == page.identity


@given(newest=st.none() | TIMES, before=st.none() | TIMES, started_at=TIMES, count=st.integers(0, 2**31))
def test_what_travels_in_a_step_survives_the_bus(
    newest: datetime | None, before: datetime | None, started_at: datetime, count: int
) -> None:
    poll = PollPlays(user=USER, job=JOB, started_at=started_at, newest=newest, failures=count)
    sync = SyncPlays(user=USER, job=JOB, started_at=started_at, before=before, requests=count)

    assert PollPlays.decoded(poll.encoded()) == poll
    assert SyncPlays.decoded(sync.encoded()) == sync


@given(length=LENGTHS)
def test_a_length_keeps_its_milliseconds(length: timedelta) -> None:
    track = Track(id="x", name="x", duration=length)

    assert Track.model_validate_json(track.model_dump_json()).duration == length


@given(at=TIMES, minutes=st.integers(-14 * 60, 14 * 60))
def test_a_time_told_elsewhere_on_earth_is_the_same_time(at: datetime, minutes: int) -> None:
    there = at.astimezone(timezone(timedelta(minutes=minutes)))

    assert PollPlays.decoded(PollPlays(user=USER, job=JOB, started_at=there).encoded()).started_at == at


@given(user=st.text(), what=st.text(), request=MAYBE_TEXT)
def test_whatever_people_type_into_a_control_arrives(user: str, what: str, request: str | None) -> None:
    pause = Pause(user=user, what=what, request=request)

    assert Pause.decoded(pause.encoded()) == pause


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"poll",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"user": "ada", "started_at": "2026-11-20T10:00:00Z"}',
        b'{"user": "%s", "job": "%s", "started_at": "2026-11-20T10:00:00"}' % (USER.encode(), JOB.encode()),
        b'{"user": "%s", "job": "%s", "started_at": "yesterday"}' % (USER.encode(), JOB.encode()),
        b'{"user": "%s", "job": "poll", "started_at": "2026-11-20T10:00:00Z"}' % USER.encode(),
    ],
    ids=lambda body: body.decode(errors="replace")[:40] or "empty",
)
def test_what_is_no_such_message_is_refused(body: bytes) -> None:
    with pytest.raises(ValidationError):
        PollPlays.decoded(body)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Window(after=NOW.replace(tzinfo=None), before=NOW)


@given(PAGES)
def test_a_page_that_was_changed_after_its_hash_was_asked_for_has_another_one(page: PlaysFetched) -> None:
    known = page.hash

    assert page.model_copy(update={"step": page.step + 1}).hash != known
