"""Why a job that lies in its mailbox is not started early, in words for whoever asked."""

from datetime import UTC, datetime

from spindle.shared.bus.letters import Letter
from spindle.shared.ids import Kind, parts

RUNNING = "it is already running"


def why_not_early(letter: Letter, closed: str | None, hurry: bool) -> str | None:
    """None when it may start. `closed` says that Spotify's door is: then nobody calls, whatever is asked.

    A poll that waits for nothing but its time may start early. What waits for a reason has to be asked for in earnest.
    """
    if letter.due_at is None:
        return RUNNING
    if closed is not None:
        return f"{closed}; it goes on by itself then"
    if hurry or letter.parked:
        return None
    kind, reason = parts(letter.step.job)[0], letter.step.why
    if kind is Kind.POLL and reason is None:
        return None
    told = f": {reason.rstrip('.')}" if reason else ""
    return f"it waits until {_clock(letter.due_at)}{told}; --now starts it early"


def not_before(until: datetime, why: str) -> str:
    """About a closed door."""
    return f"Spotify is not called before {_clock(until)}: {why.rstrip('.')}"


def _clock(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
