"""How things are written for people: what to type next, places, counts, and how far away a time is."""

import re
import shutil
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

_SPANS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,6})\s*([smhdw])")
_LAUNCHER = Path(__file__).parents[3] / "spindle"
"""There only in a checkout."""

LINK = "login"

ZONE: ContextVar[tzinfo | None] = ContextVar("zone", default=None)
"""Of whoever reads; where this machine is, unless somebody says otherwise."""


def here(at: datetime) -> datetime:
    """A time as the reader's clocks show it."""
    return at.astimezone(ZONE.get())


def command(words: str) -> str:
    """As it must be typed here: the launcher of a checkout is not on the PATH."""
    checkout = _LAUNCHER.is_file() and not shutil.which("spindle")
    return f"{'./spindle' if checkout else 'spindle'} {words}"


def at_home(place: Path) -> str:
    """A path with `~` for the person's own directory."""
    try:
        return f"~/{place.relative_to(Path.home())}"
    except ValueError:
        return str(place)


def capital(sentence: str) -> str:
    """As it begins a line."""
    return sentence[:1].upper() + sentence[1:]


def count(number: int, thing: str) -> str:
    """`1 play`, `1,200 plays`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def instant(at: datetime) -> str:
    """For programs: UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(at: datetime) -> str:
    """For people: where they are."""
    return here(at).strftime("%Y-%m-%d %H:%M:%S")


def clock(at: datetime, now: datetime) -> str:
    """The time of day; on another day with its date."""
    then, today = here(at), here(now)
    return then.strftime("%H:%M:%S" if then.date() == today.date() else "%Y-%m-%d %H:%M")


def day(at: datetime) -> str:
    """`12 May 2027`."""
    then = here(at)
    return f"{then.day} {then:%B %Y}"


def distance(at: datetime, now: datetime) -> str:
    """`3 min ago`, `in 20 s`; after a month the date says more."""
    seconds = (at - now).total_seconds()
    away = span(abs(seconds))
    if abs(seconds) > 30 * 86400:
        return here(at).strftime("%Y-%m-%d")
    if abs(seconds) < 1:
        return "now"
    return f"in {away}" if seconds > 0 else f"{away} ago"


def span(seconds: float) -> str:
    """Rounded to what matters: `45 s`, `12 min`, `3 h`, `2 days`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 90 * 60:
        return f"{seconds / 60:.0f} min"
    if seconds < 36 * 3600:
        return f"{seconds / 3600:.0f} h"
    return f"{seconds / 86400:.0f} days"


def brief(length: timedelta) -> str:
    """A short time, with a decimal where that makes a difference."""
    seconds = length.total_seconds()
    return f"{seconds:.1f} s" if seconds < 10 else span(seconds)


def moment(text: str, now: datetime, whole_day: bool = False) -> datetime | None:
    """A time as people write it: a date, an ISO time, or how long ago; None if it is none.

    What has no zone is by the reader's clocks. With `whole_day` a bare date stands for the end of that day.
    """
    ago = _AGO.fullmatch(text.strip())
    try:
        if ago:
            return now - timedelta(**{_SPANS[ago[2]]: int(ago[1])})
        found = datetime.fromisoformat(text.strip())
        date_only = re.fullmatch(r"[\d-]+", text.strip()) is not None
        found += timedelta(days=date_only and whole_day)
        return found.replace(tzinfo=found.tzinfo or ZONE.get()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
