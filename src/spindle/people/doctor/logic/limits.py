"""Spotify's limits: what it does not want to be asked for now, and whether the budget of calls is enough."""

from collections.abc import Sequence
from datetime import datetime

from spindle.people.closings import told
from spindle.people.doctor.logic.findings import Finding, ok, warning
from spindle.people.doctor.logic.polls import LATE
from spindle.people.limits import SECONDS, Budget
from spindle.people.wording import count
from spindle.shared.messages.ask import Listener
from spindle.shared.spotify.door import Door

DOORS, BUDGET = "doors", "budget"

_LESS = {
    False: "If that comes often, set SPINDLE_SPOTIFY_BUDGET lower.",
    True: "If that comes often, set SPINDLE_POLL_INTERVAL_SECONDS higher and SPINDLE_SPOTIFY_BUDGET lower; "
    "applications of one developer account need the same SPINDLE_SPOTIFY_DEVELOPER_ACCOUNT.",
}
"""By whether it is the quota."""


def doors(closed: Sequence[Door], now: datetime) -> list[Finding]:
    """A closed door is not our fault, and opens by itself."""
    if not closed:
        return [ok(DOORS, "Spotify may be asked.")]
    return [warning(DOORS, told(door, now), _todo(door)) for door in closed]


def _todo(door: Door) -> str:
    return f"Nothing to do now: what waits for it goes on by itself. {_LESS[door.quota]}"


def budget(seen: Budget | None, everyone: Sequence[Listener]) -> list[Finding]:
    """A budget that is used up is as it should be, unless polls come late for it."""
    if seen is None:
        return [ok(BUDGET, "It is not known here in whose name Spotify is asked: there is no budget to look at.")]
    calls = f"{seen.used:,} of {count(seen.calls, 'call')} in the last {SECONDS} s"
    late = [one for one in everyone if one.poll_lag and one.poll_lag.p95 > LATE]
    if not seen.full or not late:
        return [ok(BUDGET, f"Of the budget, {calls} are used.")]
    what = f"The budget is used up ({calls}), and polls of {count(len(late), 'listener')} come late."
    return [warning(BUDGET, what, "Raise SPINDLE_SPOTIFY_BUDGET as far as Spotify lets you, or poll less often.")]
