"""What programs get: the documented JSON of every command (design §7), with times in UTC and milliseconds."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from spindle.people.course import Course, figures
from spindle.people.doctor.logic.findings import Finding
from spindle.people.limits import SECONDS, Budget, Limits, probing
from spindle.people.logins import login_ends_at
from spindle.people.states import Doing
from spindle.people.wording import instant
from spindle.shared.messages import Value
from spindle.shared.messages.ask import Coverage, JobRow, Listener, Listening, PlayRow, PollLag, Streak
from spindle.shared.messages.imports import Circumstances
from spindle.shared.spotify.door import Door, Family

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]


def plain(value: object) -> Json:
    """A message or a part of one as JSON has it."""
    match value:
        case str() | int() | float() | None:
            return value
        case Value():
            return {name: plain(part) for name, part in dict(value).items()}
        case datetime():
            return instant(value)
        case Mapping():
            return {str(name): plain(part) for name, part in value.items()}
        case Sequence() | frozenset() | set():
            return [plain(part) for part in value]
        case _:
            return str(value)


def text(value: Json, indent: int | None = 2) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def user(listener: Listener) -> dict[str, Json]:
    """A row of `users`."""
    return {
        "user": listener.user,
        "name": listener.name,
        "account": listener.account,
        "linked_at": plain(listener.linked_at),
        "disconnected_at": plain(listener.disconnected_at),
        "plays": listener.plays,
    }


def status(listener: Listener, is_doing: Doing) -> dict[str, Json]:
    """A row of `users` in `status`."""
    first = listener.initial_sync
    return {
        "user": listener.user,
        "name": listener.name,
        "state": is_doing.state.value,
        "why": is_doing.why,
        "plays": listener.plays,
        "last_played_at": plain(listener.last_played_at),
        "next_poll_at": plain(listener.next_poll_at),
        "next_poll_why": listener.next_poll_why,
        "initial_sync": {
            "started_at": plain(first.started_at),
            "completed_at": plain(first.completed_at),
            "earliest_played_at": plain(first.earliest_played_at),
            "reason": first.reason.value if first.reason else None,
        },
        "coverage": coverage(listener.coverage),
        "poll_lag": lag(listener.poll_lag),
        "failing_since": plain(listener.failing_since),
        "authorized_at": plain(listener.authorized_at),
        "login_ends_at": plain(login_ends_at(listener)),
        "paused": list(listener.paused),
        "error": listener.disconnected_why or listener.poll_error or first.error,
    }


def coverage(proven: Coverage | None) -> Json:
    """From when until when every play is known, but for so many gaps of so many seconds together."""
    if proven is None:
        return None
    return {
        "after": plain(proven.after),
        "before": plain(proven.before),
        "gaps": proven.gaps,
        "missing_seconds": round(proven.missing.total_seconds(), 3),
    }


def lag(seen: PollLag | None) -> Json:
    """In seconds, from the time when polls were due until they were recorded."""
    if seen is None:
        return None
    return {
        "p50": round(seen.p50.total_seconds(), 3),
        "p95": round(seen.p95.total_seconds(), 3),
        "polls": seen.polls,
    }


def gate(limits: Limits, now: datetime) -> dict[str, Json]:
    """The door of the history."""
    shut = limits.shut(Family.HISTORY, now)
    return {"open": shut is None, "until": plain(shut.until) if shut else None, "why": shut.why if shut else None}


def door(closed: Door, now: datetime) -> dict[str, Json]:
    return {
        "family": closed.family.value,
        "of": closed.of,
        "quota": closed.quota,
        "open": False,
        "until": plain(closed.until),
        "why": closed.why,
        "closed_at": plain(closed.closed_at),
        "probing": probing(closed, now),
    }


def budget(seen: Budget | None) -> Json:
    return {"calls": seen.calls, "seconds": SECONDS, "used": seen.used} if seen else None


_CIRCUMSTANCES = tuple(Circumstances.model_fields)
_IDS = ("artist_ids", "album_id")
PLAY = (*(name for name in PlayRow.model_fields if name not in ("circumstances", *_IDS)), *_CIRCUMSTANCES, *_IDS)
"""What is told of a play, in this order."""


def play(row: PlayRow) -> dict[str, Json]:
    known = {**dict(row.circumstances or Circumstances()), **dict(row)}
    return {name: plain(known[name]) for name in PLAY}


def listening(one: Listener, found: Listening) -> dict[str, Json]:
    told = {name: plain(part) for name, part in found if name != "favourites"}  # a question of its own: see tops
    rows = {"longest": _streak(found.longest), "current": _streak(found.current)}
    return {"user": one.user, "name": one.name, **told, **rows}


def _streak(of: Streak | None) -> Json:
    return {"first": plain(of.first), "last": plain(of.last), "days": of.days} if of else None


def job(row: JobRow) -> Json:
    return plain(row)


def finding(one: Finding) -> dict[str, Json]:
    """What the doctor says of a check."""
    return {"check": one.check, "state": one.state.value, "what": one.what, "todo": one.todo}


def comparison(courses: Sequence[Course]) -> list[dict[str, Json]]:
    """The figures of each run."""
    found = figures(courses)
    return [
        {
            **{name: plain(value) for name, value in dict(one.job).items() if name in _RUN},
            **{each.name: each.number(number) for each in found},
        }
        for number, one in enumerate(courses)
    ]


_RUN = ("job", "user", "name", "kind", "status", "started_at", "finished_at")
