"""What travels on the bus, byte for byte: other versions of Spindle, and other people's programs, read it.

A golden file says what one example of a message looks like (`body`), on which subject it travels (`on`), what makes it
the same message as another (`identity`), and which fields must be there (`needs`: a field that is added has a default,
so that list never grows).
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from spindle.shared.catalogue.parties import ANSWERS, every_message
from spindle.shared.ids import Kind
from spindle.shared.messages import Message, Value
from spindle.shared.messages.ask import (
    AskGaps,
    AskJobs,
    AskPlays,
    AskSteps,
    AskUsers,
    Coverage,
    Gap,
    Gaps,
    InitialSync,
    JobRow,
    Jobs,
    Listener,
    PlayRow,
    Plays,
    PollLag,
    Refused,
    StepRow,
    Steps,
    Users,
)
from spindle.shared.messages.control import Cancel, ControlAnswered, Drop, Pause, Resume, Retry, Trigger
from spindle.shared.messages.dead import Dead
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.messages.jobs import (
    ChainStarted,
    JobDelayed,
    JobEnded,
    JobFailed,
    JobFinished,
    JobProgressed,
    JobReopened,
    JobStarted,
    Progress,
    Reason,
    Status,
    Totals,
    Verdict,
)
from spindle.shared.messages.logins import LoginEnded
from spindle.shared.messages.plays import (
    Album,
    Artist,
    LatestPlay,
    Play,
    PlaysFetched,
    PlaysRecorded,
    PollPlays,
    Source,
    SyncPlays,
    Track,
    Window,
)
from spindle.shared.messages.users import (
    AccountLinked,
    AccountRemoved,
    AccountUnlinked,
    ConsentAged,
    Left,
    PausesChanged,
    UserDisconnected,
    UserExpiring,
    UserFailing,
    UserLinked,
    UserPaused,
    UserRecovered,
    UserRemoved,
    UserResumed,
)

from .import_examples import EXAMPLES as ABOUT_IMPORTS
from .import_examples import HOW
from .listening_examples import EXAMPLES as ABOUT_LISTENING

GOLDEN = Path(__file__).parent / "golden"

USER = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f"
RUN = "01a80c5e7e007d1e8b6a5c4d3e2f1a0b"
INITIAL, POLL = f"initial.{USER}.{RUN}", f"poll.{USER}.{RUN}"
CAUSE = f"{INITIAL}:7:8c1f2ac5"


def at(hour: int, milliseconds: int = 0) -> datetime:
    return datetime(2026, 11, 20, hour, 5, 9, milliseconds * 1000, tzinfo=UTC)


PLAY = Play(
    played_at=at(10, 123),
    track=Track(
        id="7hZ1mQ0bV9cXn3RkT2sYpL",
        name="Für Elise (夜) 🎹",
        artists=(Artist(id="2aB3cD4eF5gH6iJ7kL8mN9", name="The “Quiet” Harbour"), Artist(id=None, name="Ø")),
        album=Album(id="1qW2eR3tY4uI5oP6aS7dF8", name="Tidewater", release_date="2019"),
        duration=timedelta(milliseconds=201_567),
        isrc="QZXXX1900001",
        explicit=False,
    ),
    context="spotify:playlist:37i9dQZF1DX0000000000a",
)
BARE = Play(played_at=at(9), track=Track(id="unknown", name="Unknown track"))
PARTIAL = Verdict(
    status=Status.PARTIAL,
    reason=Reason.RATE_LIMITED,
    error="Spotify asks us to wait",
    waiting_until=at(12),
    failing_since=at(1),
    alarm=True,
)
TOTALS = Totals(steps=7, requests=8, fetched=350, new=340, duplicates=10)
LINKED = Listener(
    user=USER,
    name="ada",
    account="ada-account",
    linked_at=at(1),
    authorized_at=at(0, 7),
    warned=Left.MONTH,
    disconnected_at=at(2),
    disconnected_why="invalid_grant",
    plays=340,
    last_played_at=at(10, 123),
    last_poll_at=at(11),
    next_poll_at=at(12),
    next_poll_why="in a session",
    poll_error="Spotify did not answer.",
    failing_since=at(9),
    poll_lag=PollLag(p50=timedelta(milliseconds=140), p95=timedelta(milliseconds=320), polls=100),
    initial_sync=InitialSync(
        status=Status.RUNNING,
        started_at=at(3),
        completed_at=at(4),
        earliest_played_at=at(0, 7),
        reason=Reason.EMPTY_PAGE,
        running=INITIAL,
        waiting_until=at(13),
        error="Spotify asks us to wait",
    ),
    paused=("initial", "poll"),
    coverage=Coverage(after=at(0, 7), before=at(12), gaps=2, missing=timedelta(minutes=90)),
    zone="Asia/Kathmandu",
    at_least=60,
)
PLAY_ROW = PlayRow(
    played_at=at(10, 123),
    track_id=PLAY.track.id,
    track="Für Elise (夜) 🎹",
    artists=("The “Quiet” Harbour", "Ø"),
    album="Tidewater",
    duration_ms=201_567,
    ms_played=None,
    source=Source.INITIAL,
    job=INITIAL,
    short=True,
    circumstances=HOW,
    artist_ids=("6sFIWsNpZYqfjUpaCgueju", "local:3d1a"),
    album_id="2noRn2Aes5aoNVsU6iWThc",
)
JOB_ROW = JobRow(
    job=INITIAL,
    user=USER,
    name="ada",
    kind="initial",
    status=Status.PARTIAL,
    reason=Reason.RATE_LIMITED,
    started_at=at(3),
    finished_at=at(4),
    waiting_until=at(12),
    error="Spotify asks us to wait",
    **TOTALS.model_dump(),
)
STEP_ROW = StepRow(
    step=7,
    what="page",
    started_at=at(3),
    at=at(4, 1),
    attempt=2,
    requests=2,
    fetched=50,
    new=48,
    duplicates=2,
    next_at=at(5),
    status=Status.PARTIAL,
    reason=Reason.RATE_LIMITED,
    error="Spotify asks us to wait",
)
FINISHED = {"user": USER, "name": "ada", "job": INITIAL, "verdict": PARTIAL, "totals": TOTALS, "caused_by": CAUSE}

EXAMPLES: tuple[Value, ...] = (
    AskGaps(user=USER),
    AskJobs(
        user=USER,
        status=Status.RUNNING,
        kind=Kind.ARCHIVE,
        ending="1a0b",
        limit=10,
        since=at(1),
        until=at(2),
        after="at",
    ),
    AskSteps(user=USER, job=INITIAL, after="cursor", limit=10),
    AskPlays(
        user=USER,
        since=at(1),
        until=at(2, 1),
        after="cursor",
        latest=True,
        limit=20,
        search="für elise",
        track=PLAY.track.id,
        artist=PLAY.track.artists[0].id,
        album="1qW2eR3tY4uI5oP6aS7dF8",
        source=Source.POLL,
        skipped=True,
        at_least=60,
        short=False,
    ),
    AskUsers(user="ada", after=USER, limit=1, unwell_since=at(1), coverage=False),
    Gaps(gaps=(Gap(after=at(1), before=at(2, 999)),)),
    Jobs(jobs=(JOB_ROW,), next="cursor", forgotten_before=at(1)),
    Steps(steps=(STEP_ROW,), next="cursor"),
    Plays(plays=(PLAY_ROW,), next="cursor", looked_at=at(10)),
    Users(users=(LINKED,), more=True),
    Refused(error="`after` is no cursor of a page of plays", wrong=True),
    Pause(request="r-1", user="ada", what="poll"),
    Resume(request="r-1", user="ada", what="poll"),
    Trigger(request="r-1", user="ada", what="initial", hurry=True, again=True),
    Cancel(request="r-1", job=INITIAL),
    Retry(request="r-1", letter=41),
    Drop(request="r-1", letter=41),
    ControlAnswered(user=USER, request="r-1", action="cancel", done=True, why="cancelled", job=INITIAL, sequence=41),
    Dead(
        consumer="recorder-facts",
        stream="facts",
        sequence=41,
        was_on=f"facts.plays.{USER}",
        why="not JSON",
        body="\ufffd{",
        died_at=at(5, 250),
        whole=False,
        user=USER,
        job=INITIAL,
        step=7,
    ),
    ChainStarted(user=USER, job=INITIAL, started_at=at(3)),
    JobDelayed(
        user=USER,
        job=INITIAL,
        step=7,
        attempt=2,
        started_at=at(3),
        delayed_at=at(4, 1),
        waiting_until=at(5),
        error="Spotify did not answer.",
        requests=1,
    ),
    JobEnded(
        user=USER,
        job=INITIAL,
        step=7,
        started_at=at(3),
        ended_at=at(4, 1),
        verdict=PARTIAL,
        requests=1,
        next_poll_at=at(12),
        retried=41,
    ),
    JobReopened(user=USER, job=INITIAL, step=7, started_at=at(3), reopened_at=at(6), letter=41),
    JobStarted(user=USER, name="ada", job=INITIAL, started_at=at(3), caused_by=CAUSE),
    JobProgressed(
        user=USER,
        name="ada",
        job=INITIAL,
        step=7,
        totals=TOTALS,
        waiting_until=at(5),
        error="later",
        caused_by=CAUSE,
        progress=Progress(doing="reading", done=5000, total=12000),
    ),
    JobFinished.model_validate({**FINISHED, "finished_at": at(4)}),
    JobFailed.model_validate({**FINISHED, "finished_at": at(4)}),
    PollPlays(
        user=USER,
        job=POLL,
        step=2,
        started_at=at(3),
        attempt=1,
        why="Spotify did not answer.",
        due_at=at(2),
        retried=41,
        newest=at(2, 123),
        failures=3,
        failing_since=at(1),
        alarmed=True,
        before=at(2, 500),
        latest=at(2, 900),
        rhythm="AQ==",
        told="Ag==",
        polled_at=at(4),
        whole_at=at(3),
        full_at=at(5),
    ),
    SyncPlays(
        user=USER,
        job=INITIAL,
        step=7,
        started_at=at(3),
        attempt=1,
        why="Spotify asks us to wait",
        due_at=at(2),
        retried=41,
        before=at(2, 123),
        rate_limits=2,
        failures=1,
        requests=9,
    ),
    PlaysFetched(
        user=USER,
        job=INITIAL,
        step=7,
        source=Source.INITIAL,
        started_at=at(3),
        fetched_at=at(11, 5),
        requests=2,
        plays=(PLAY, BARE),
        shown=50,
        window=Window(after=at(9), before=at(10, 123)),
        verdict=Verdict(status=Status.SUCCESS, reason=Reason.MAX_DAYS),
        next_poll_at=at(12),
        next_poll_why="in a session",
        due_at=at(11),
    ),
    PlaysRecorded(
        user=USER,
        name="ada",
        job=INITIAL,
        step=7,
        source=Source.INITIAL,
        new=48,
        duplicates=2,
        total=340,
        latest=LatestPlay(played_at=at(10, 123), track="Für Elise (夜) 🎹", artists=("Ø",)),
        next_poll_at=at(12),
        caused_by=CAUSE,
    ),
    AccountLinked(user=USER, name="ada", account="ada-account", linked_at=at(1, 5), authorized_at=at(1)),
    ConsentAged(user=USER, linked_at=at(1, 5), ends_at=at(2), left=Left.WEEK, noticed_at=at(1)),
    AccountUnlinked(user=USER, unlinked_at=at(2), why="invalid_grant"),
    PausesChanged(user=USER, paused=("all", "poll"), sequence=41, changed_at=at(2)),
    AccountRemoved(user=USER, removed_at=at(2), name="ada"),
    UserLinked(
        user=USER,
        name="ada",
        initial_sync_completed=True,
        last_played_at=at(10, 123),
        caused_by=CAUSE,
        linked_at=at(1, 5),
    ),
    UserDisconnected(user=USER, name="ada", why="invalid_grant", caused_by=CAUSE),
    UserExpiring(user=USER, name="ada", ends_at=at(2), left=Left.WEEK, caused_by=CAUSE),
    UserFailing(user=USER, name="ada", since=at(1), error="Spotify did not answer.", caused_by=CAUSE),
    UserRecovered(user=USER, name="ada", since=at(1), caused_by=CAUSE),
    UserRemoved(user=USER, name="ada", caused_by=CAUSE),
    DoorClosed(
        family="history",
        of="client",
        quota=True,
        closed_at=at(1),
        until=at(2),
        why="Spotify asks us to wait: 3600 s.",
    ),
    DoorOpened(family="history", of="client", until=at(2), opened_at=at(2, 100)),
    LoginEnded(login="0" * 31 + "a", done=True, why="linked", user=USER, name="ada", healed=True),
    UserPaused(user=USER, paused=("all", "poll"), sequence=41),
    UserResumed(user=USER, paused=("poll",), sequence=42),
    *ABOUT_IMPORTS,
    *ABOUT_LISTENING,
)

every_example = pytest.mark.parametrize("example", EXAMPLES, ids=lambda it: type(it).__name__)


def golden(example: Value) -> dict[str, object]:
    """What the file of this example should hold."""
    kind = type(example)
    about = {"on": example.on, "identity": example.identity} if isinstance(example, Message) else {}
    needs = [name for name, field in kind.model_fields.items() if field.is_required()]
    return {**about, "needs": needs, "body": json.loads(example.model_dump_json())}


def checked_in(example: Value) -> str:
    file = GOLDEN / f"{type(example).__name__}.json"
    if not file.exists():
        pytest.fail(f"golden/{file.name} is missing; if this is right, put it there:\n{pretty(golden(example))}")
    return file.read_text(encoding="utf-8")


def pretty(content: object) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def body(example: Value) -> dict[str, object]:
    found = json.loads(checked_in(example))["body"]
    assert isinstance(found, dict)
    return found


def decoded(kind: type[Value], content: object) -> Value:
    return kind.model_validate_json(json.dumps(content))


def test_every_message_and_every_answer_has_one_example() -> None:
    published = {*every_message(), *ANSWERS.values(), Refused}

    assert sorted(it.__name__ for it in published) == sorted(type(each).__name__ for each in EXAMPLES)


def test_every_golden_file_belongs_to_an_example() -> None:
    assert {file.stem for file in GOLDEN.iterdir()} == {type(each).__name__ for each in EXAMPLES}


@every_example
def test_an_example_leaves_no_field_at_its_default(example: Value) -> None:
    """Else a golden file would not show what the field looks like."""
    tags = {"fact", "event"}

    untold = [name for name, field in type(example).model_fields.items() if getattr(example, name) == field.default]

    assert set(untold) <= tags | ({"step"} if isinstance(example, PollPlays) else set())


@every_example
def test_a_message_is_what_its_golden_file_says(example: Value) -> None:
    assert pretty(golden(example)) == checked_in(example)


@every_example
def test_the_bytes_are_those_of_the_golden_body(example: Value) -> None:
    encoded = example.encoded() if isinstance(example, Message) else example.model_dump_json().encode()

    assert encoded == json.dumps(body(example), separators=(",", ":"), ensure_ascii=False).encode()


@every_example
def test_a_golden_body_is_the_example_again(example: Value) -> None:
    assert decoded(type(example), body(example)) == example


@every_example
def test_keys_from_a_later_version_are_ignored(example: Value) -> None:
    assert decoded(type(example), _with_unknown_keys(body(example))) == example


@every_example
def test_fields_with_a_default_may_be_missing(example: Value) -> None:
    for name, field in type(example).model_fields.items():
        if not field.is_required():
            old = {key: value for key, value in body(example).items() if key != name}

            assert decoded(type(example), old) == example.model_copy(update={name: field.default})


@every_example
def test_a_body_of_nothing_but_the_needed_fields_is_read(example: Value) -> None:
    needed = json.loads(checked_in(example))["needs"]

    decoded(type(example), {name: value for name, value in body(example).items() if name in needed})


@every_example
def test_a_needed_field_is_missed(example: Value) -> None:
    for needed in json.loads(checked_in(example))["needs"]:
        with pytest.raises(ValidationError, match=needed):
            decoded(type(example), {name: value for name, value in body(example).items() if name != needed})


@every_example
def test_nobody_changes_a_message_on_its_way(example: Value) -> None:
    for value in _values(example):
        for name in type(value).model_fields:
            with pytest.raises(ValidationError, match="frozen"):
                setattr(value, name, None)


@pytest.mark.parametrize(
    ("kind", "tag"),
    [(it, tag) for it in every_message() for tag in ("fact", "event") if tag in it.model_fields],
    ids=lambda it: it if isinstance(it, str) else it.__name__,
)
def test_facts_and_events_bear_the_name_of_their_class(kind: type[Message], tag: str) -> None:
    assert kind.model_fields[tag].default == kind.__name__


def test_a_page_delivered_twice_is_one_fact_and_a_page_fetched_twice_is_two() -> None:
    page = next(each for each in EXAMPLES if isinstance(each, PlaysFetched))

    delivered = PlaysFetched.decoded(page.encoded())
    fetched = PlaysFetched.model_validate({**dict(page), "plays": page.plays[:1]})

    assert delivered.identity == page.identity
    assert fetched.identity != page.identity


def _values(thing: object) -> Iterator[Value]:
    if isinstance(thing, Value):
        yield thing
        for name in type(thing).model_fields:
            yield from _values(getattr(thing, name))
    elif isinstance(thing, tuple):
        for each in thing:
            yield from _values(each)


def _with_unknown_keys(content: object) -> object:
    if isinstance(content, list):
        return [_with_unknown_keys(each) for each in content]
    if isinstance(content, dict):
        known = {name: _with_unknown_keys(value) for name, value in content.items()}
        return known | {"from_a_later_version": {"deep": [1, None]}}
    return content
