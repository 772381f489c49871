"""What `status --watch` says where it cannot redraw: a line at every change, for people or for programs."""

import sys
from collections.abc import Iterator
from datetime import datetime

from spindle.people import shapes
from spindle.people.closings import opened, told
from spindle.people.logins import lasting, scarce
from spindle.people.overview import Overview
from spindle.people.wording import count, local
from spindle.shared.ids import now
from spindle.shared.messages.ask import Listener
from spindle.shared.spotify.door import Door, Family


class Lines:
    """A line for everybody who has changed. That time goes by is no change."""

    def __init__(self) -> None:
        self._known: dict[str, object] = {}
        self._missing = False

    def show(self, seen: Overview) -> None:
        if self._missing:
            self._missing = False
            self._say("Spindle is back.")
        for subject, state, words in _facts(seen):
            if self._known.get(subject) != state:
                self._known[subject] = state
                self._say(words)

    def miss(self, why: str) -> None:
        if not self._missing:
            self._missing = True
            self._say(f"Spindle is away: {why}")

    def _say(self, words: str) -> None:
        sys.stdout.write(f"{local(now())}  {words}\n")
        sys.stdout.flush()


class Objects:
    """What `status --json` prints, in one line. On standard error when there is none."""

    def __init__(self) -> None:
        self._known: object = None
        self._missing = False

    def show(self, seen: Overview) -> None:
        self._missing = False
        told, state = seen.shape(), _timeless(seen)
        if state != self._known:
            self._known = state
            sys.stdout.write(shapes.text(told, None) + "\n")
            sys.stdout.flush()

    def miss(self, why: str) -> None:
        if not self._missing:
            self._missing = True
            sys.stderr.write(f"spindle: away since {shapes.plain(now())}: {why}\n")


def _facts(seen: Overview) -> Iterator[tuple[str, object, str]]:
    """Of whom or what, how it is, and that in words."""
    for one in seen.listeners:
        is_doing = seen.doing(one)
        gaps = one.coverage.gaps if one.coverage else 0
        much = f"{count(one.plays, 'play')}, {count(gaps, 'gap')}"
        ends = scarce(one, seen.at)
        login = f"; {lasting(one, seen.at)}" if ends else ""
        words = f"{one.name:<12}  {is_doing.state.value:<12}  {much}: {is_doing.why}{login}"
        yield one.user, (_calm(one, is_doing.state.value), gaps, ends), words
    for family in Family:
        shut = [door for door in seen.limits.closed(seen.at) if door.family is family]
        words = " ".join(told(door, seen.at) for door in shut) or f"Spotify {opened(family)}."
        yield family, tuple(_lasting(door) for door in shut) or None, words
    yield "services", seen.down, f"Not running: {', '.join(seen.down)}." if seen.down else "All services are running."


def _lasting(door: Door) -> tuple[str, datetime]:
    """What is the same while somebody tries whether it is open again."""
    return door.of, door.until


def _calm(one: Listener, state: str) -> tuple[object, ...]:
    """A listener without what changes with every poll: `polling` is `idle` for a moment."""
    usual = "idle" if state == "polling" else state
    return usual, one.name, one.plays, one.paused, one.initial_sync, one.poll_error


def _timeless(seen: Overview) -> object:
    """Without what is written relative to the time, and without backlogs, lags and calls, which come and go."""
    users = [{**shapes.status(one, seen.doing(one)), "why": None, "poll_lag": None} for one in seen.listeners]
    return users, [_lasting(door) for door in seen.limits.closed(seen.at)], seen.down
