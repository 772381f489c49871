"""The timeline of `watch` and `up`: the words for each event, days, colours, and nothing but text in a pipe."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from rich.console import Console

from spindle.cli.seeing.timeline import Timeline
from spindle.people.events import Event
from spindle.people.lines import line
from spindle.people.sparing import Spared, matters
from spindle.people.wording import clock
from spindle.shared.messages import Message
from spindle.shared.messages.control import ControlAnswered
from spindle.shared.messages.doors import DoorClosed, DoorOpened
from spindle.shared.messages.imports import ImportUndone
from spindle.shared.messages.jobs import (
    JobFailed,
    JobFinished,
    JobProgressed,
    JobStarted,
    Progress,
    Reason,
    Status,
    Totals,
    Verdict,
)
from spindle.shared.messages.plays import LatestPlay, PlaysRecorded, Source
from spindle.shared.messages.users import (
    Left,
    UserDisconnected,
    UserExpiring,
    UserFailing,
    UserLinked,
    UserPaused,
    UserRecovered,
    UserRemoved,
    UserResumed,
)

ADA, BOB = "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e6f", "01a80c5e-7d11-7c3a-9a55-3f0c1b2d4e70"
AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=10)
OF_ADA = {"user": ADA, "name": "ada", "caused_by": "x"}
POLL, INITIAL, ARCHIVE = (f"{kind}.{ADA}.01a80c5e7e007d1e8b6a5c4d3e2f1a0b" for kind in ("poll", "initial", "archive"))
TOTALS = Totals(steps=2, requests=2, fetched=60, new=50, duplicates=10)


def recorded(source: Source = Source.POLL, **more: object) -> PlaysRecorded:
    song = LatestPlay(played_at=AT, track="Song", artists=("A", "B", "C"))
    told = {"new": 2, "duplicates": 48, "total": 1251, "latest": song, "next_poll_at": LATER}
    return PlaysRecorded(**OF_ADA, job=POLL, step=1, source=source, **{**told, **more})


def ended(kind: type[JobFinished], job: str, verdict: Verdict) -> JobFinished:
    return kind(**OF_ADA, job=job, verdict=verdict, totals=TOTALS, finished_at=AT)


def progressed(doing: str, done: int) -> JobProgressed:
    progress = Progress.model_validate({"doing": doing, "done": done, "total": 100_000})
    return JobProgressed(**OF_ADA, job=ARCHIVE, step=2, totals=TOTALS, progress=progress)


def door(family: str, quota: bool = False) -> DoorClosed:
    return DoorClosed(family=family, of="app", quota=quota, closed_at=AT, until=LATER, why="x")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (UserLinked(**OF_ADA), "• linked"),
        (JobStarted(**OF_ADA, job=INITIAL, started_at=AT), "· initial sync started"),
        (
            JobProgressed(**OF_ADA, job=INITIAL, step=2, totals=TOTALS),
            "· initial sync, page 2 · 50 new plays so far",
        ),
        (
            JobProgressed(**OF_ADA, job=POLL, step=1, totals=Totals(), waiting_until=LATER, error="Wait: 600 s."),
            "… poll waits, goes on in 10 min · Wait: 600 s",
        ),
        (recorded(), "♪ 2 new plays · latest: Song - A, B, … · 1,251 in all · next poll in 10 min"),
        (recorded(new=1, total=1, latest=None, next_poll_at=None), "♪ 1 new play · 1 in all"),
        (
            ended(JobFinished, INITIAL, Verdict(status=Status.SUCCESS, reason=Reason.EMPTY_PAGE)),
            "✓ initial sync complete · 50 new plays on 2 pages · Spotify has no older plays to give: it keeps about 50",
        ),
        (
            ended(
                JobFinished,
                INITIAL,
                Verdict(status=Status.PARTIAL, reason=Reason.RATE_LIMITED, error="Wait.", waiting_until=LATER),
            ),
            "… initial sync incomplete · 50 new plays on 2 pages · Wait · goes on in 10 min",
        ),
        (
            ended(JobFinished, INITIAL, Verdict(status=Status.CANCELLED, reason=Reason.CANCELLED)),
            "✗ initial sync cancelled · 50 new plays on 2 pages",
        ),
        (
            ended(JobFailed, POLL, Verdict(status=Status.ERROR, error="No answer.", waiting_until=LATER)),
            "✗ poll failed · No answer · tried again in 10 min",
        ),
        (progressed("reading", 5_000), "· import, 5,000 of 100,000 rows read"),
        (progressed("recording", 100_000), "· import, 100,000 of 100,000 rows recorded"),
        (ended(JobFinished, ARCHIVE, Verdict(status=Status.SUCCESS)), "✓ import complete · 50 new of 60 plays"),
        (
            ended(JobFinished, ARCHIVE, Verdict(status=Status.SUCCESS, reason=Reason.DRY_RUN)),
            "✓ dry run complete · 50 new of 60 plays · nothing was changed",
        ),
        (
            ended(JobFailed, ARCHIVE, Verdict(status=Status.ERROR, error="It is not a ZIP.")),
            "✗ import failed · It is not a ZIP",
        ),
        (
            ImportUndone(**OF_ADA, job=ARCHIVE, removed=1250, undone_at=AT),
            "✓ import undone · 1,250 plays taken back",
        ),
        (UserPaused(user=ADA, paused=("poll", "initial"), sequence=1), "• paused: poll, initial"),
        (UserResumed(user=ADA, paused=(), sequence=1), "• resumed"),
        (UserResumed(user=ADA, paused=("poll",), sequence=1), "• resumed · still paused: poll"),
        (UserDisconnected(**OF_ADA, why="Revoked."), "✗ disconnected · Revoked · link the account again"),
        (UserRemoved(**OF_ADA), "• removed, with everything that was recorded"),
        (
            UserFailing(**OF_ADA, since=AT - timedelta(hours=25), error="No answer."),
            "✗ polls have failed for 25 h · No answer · somebody should look why",
        ),
        (
            UserRecovered(**OF_ADA, since=AT - timedelta(minutes=9)),
            f"✓ polls succeed again · they had failed since {clock(AT - timedelta(minutes=9), AT)}",
        ),
        (
            UserExpiring(**OF_ADA, ends_at=datetime(2027, 5, 12, 12, tzinfo=UTC), left=Left.MONTH),
            "… the login ends on 12 May 2027 · link the account again before",
        ),
        (
            UserExpiring(**OF_ADA, ends_at=datetime(2027, 5, 12, 12, tzinfo=UTC), left=Left.WEEK),
            "✗ the login ends on 12 May 2027 · link the account again before",
        ),
        (
            door("library"),
            f"… keeps the library closed for 10 min, until {clock(LATER, AT)} · it was asked too often "
            "· the history goes on",
        ),
        (
            door("history", quota=True),
            f"… keeps the history closed for 10 min, until {clock(LATER, AT)} · the quota of your developer account is "
            "used up, for all its applications · polls and initial syncs wait, imports go on",
        ),
        (DoorOpened(family="tokens", of="app", until=AT, opened_at=AT), "✓ renews tokens again"),
        (
            ControlAnswered(user=ADA, request=None, action="trigger", done=False, why="it is paused", sequence=1),
            "✗ trigger refused · it is paused",
        ),
    ],
    ids=lambda it: type(it).__name__ if isinstance(it, Message) else "",
)
def test_every_event_has_its_words(message: Message, said: str) -> None:
    told = line(message, AT)

    assert " · ".join((f"{told.sign} {told.words}", *told.more)) == said


def happened(message: Message, at: datetime = AT) -> Event:
    return Event(1, at, message.on, {"user": getattr(message, "user", "")}, message)


def shown(*events: Event, terminal: bool, width: int = 80) -> str:
    written = StringIO()
    console = Console(file=written, force_terminal=terminal, width=width, color_system="standard", highlight=False)
    timeline = Timeline(console, {ADA: "ada", BOB: "bob"})
    for event in events:
        timeline.show(event)
    return written.getvalue()


def test_in_a_pipe_each_event_is_one_line_with_its_date_and_no_colour() -> None:
    text = shown(happened(recorded()), happened(recorded(), AT + timedelta(days=1)), terminal=False, width=40)

    assert text.count("\n") == 2
    assert "\x1b" not in text
    assert f"{AT.astimezone():%Y-%m-%d %H:%M:%S}  ada " in text


def test_on_a_terminal_a_new_day_is_announced_once() -> None:
    day = timedelta(days=1)

    text = shown(*(happened(UserLinked(**OF_ADA), AT + at) for at in (0 * day, 0 * day, day)), terminal=True)

    assert text.count("20 November 2026") == text.count("21 November 2026") == 1


def test_a_listener_keeps_their_colour_and_another_has_another() -> None:
    bob = happened(UserLinked(**{**OF_ADA, "user": BOB, "name": "bob"}))
    ada = happened(UserLinked(**OF_ADA))

    text = shown(bob, ada, bob, terminal=True)

    colours = [row.partition("bob")[0][-5:] for row in text.splitlines() if "bob" in row]
    assert len(set(colours)) == 1
    assert not any(colours[0] in row for row in text.splitlines() if "ada" in row)


def test_what_happens_to_no_listener_in_particular_happens_to_spotify_and_changes_nobodys_colour() -> None:
    bob = happened(UserLinked(**{**OF_ADA, "user": BOB, "name": "bob"}))
    closed = Event(1, AT, "doors.closed.library", {"family": "library"}, door("library"))

    before, _, after = shown(bob, closed, bob, terminal=True, width=200).splitlines()[1:]

    assert before == after
    assert "Spotify  … keeps the library closed" in shown(closed, terminal=False)


def test_long_words_hang_under_themselves_and_nothing_is_cut() -> None:
    rows = shown(happened(recorded()), terminal=True, width=60).splitlines()[1:]

    assert len(rows) > 1
    assert "next poll" in rows[-1]
    assert all(row.startswith(" " * 19) for row in rows[1:])


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        (recorded(), True),
        (recorded(Source.INITIAL), False),
        (recorded(Source.IMPORT), False),
        (ControlAnswered(user=ADA, request=None, action="pause", done=True, why="", sequence=1), False),
        (ControlAnswered(user=ADA, request=None, action="pause", done=False, why="", sequence=1), True),
        (ControlAnswered(user=ADA, request=None, action="trigger", done=True, why="", sequence=1), True),
    ],
)
def test_what_another_line_says_better_is_left_out(message: Message, wanted: bool) -> None:
    assert matters(happened(message)) is wanted


def test_an_import_that_tells_hundreds_of_times_how_far_it_is_gets_a_line_in_ten_seconds() -> None:
    spared = Spared()
    started = happened(JobStarted(**OF_ADA, job=ARCHIVE, started_at=AT))
    steps = [happened(progressed("recording", number), AT + timedelta(seconds=number / 10)) for number in range(301)]

    told = [event.at for event in (started, *steps) if spared.matters(event)]

    assert told == [AT + timedelta(seconds=seconds) for seconds in (0, 10, 20, 30)]


def test_what_an_import_is_doing_is_told_at_once_to_whoever_begins_to_watch() -> None:
    assert Spared().matters(happened(progressed("recording", 5_000)))


@pytest.mark.parametrize("width", range(60, 90))
def test_letters_of_double_width_are_not_cut_at_the_end_of_a_line(width: int) -> None:
    song = LatestPlay(played_at=AT, track="最後の約束 最後の約束 最後の約束 最後の約束", artists=("ミナト通信社",))

    text = shown(happened(recorded(latest=song)), terminal=True, width=width)

    assert "…" not in text
