"""How far long work has come, in numbers for bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter

from spindle.gateway.api.answers.sync import SyncStatus
from spindle.gateway.api.asked import AfterUser, Limit, OfWhom
from spindle.gateway.api.limits import looked
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Here
from spindle.people.overview import Overview
from spindle.people.progress import Going
from spindle.people.shapes import Json
from spindle.people.states import State
from spindle.people.underway import underway
from spindle.shared.ids import Kind, parts
from spindle.shared.messages.ask import Listener

router = APIRouter(prefix="/sync", tags=["seeing"])

_PHASES = {Kind.ARCHIVE: State.IMPORTING, Kind.INITIAL: State.SYNCING}
"""Of work that has an end, the most urgent first."""


@dataclass(frozen=True)
class _User:
    one: Listener
    state: State
    why: str
    going: Going | None

    def told(self) -> dict[str, Json]:
        job = self.going.job if self.going else None
        about = {"user": self.one.user, "name": self.one.name, "phase": self.state.value, "job": job, "why": self.why}
        return {**about, **_bar([self.going] if self.going else [])}


@router.get("/status", response_model=SyncStatus, responses=problems(404))
async def sync_status(
    gateway: Here, user: OfWhom = None, after: AfterUser = None, limit: Limit = 500
) -> dict[str, Json]:
    """Imports by rows, initial syncs by pages; polling has no end, and its numbers are null. What is said of all is
    said of the listeners in this answer."""
    seen = await looked(gateway, user, after, limit)
    going = await underway(gateway.client, seen, gateway.settings.initial_sync_max_requests)
    users = [_user(seen, one, going.get(one.user)) for one in seen.listeners]
    return {**_together(users), "users": [one.told() for one in users], "next": seen.more}


def _user(seen: Overview, one: Listener, going: Going | None) -> _User:
    doing = seen.doing(one)
    return _User(one, doing.state, going.words if going and doing.state in _PHASES.values() else doing.why, going)


def _together(users: Sequence[_User]) -> dict[str, Json]:
    for kind, phase in _PHASES.items():
        if going := [one.going for one in users if one.going and parts(one.going.job)[0] is kind]:
            return {"phase": phase.value, **_bar(going)}
    polling = any(one.state is State.POLLING for one in users)
    return {"phase": (State.POLLING if polling else State.IDLE).value, **_bar([])}


def _bar(going: Sequence[Going]) -> dict[str, Json]:
    """Of one, or of several of a kind together."""
    if not going:
        return {"done": None, "total": None, "percent": None}
    done, totals = sum(each.done for each in going), [each.total for each in going if each.total]
    total = sum(totals) if len(totals) == len(going) else None
    return {"done": done, "total": total, "percent": round(min(100.0, 100 * done / total), 1) if total else None}
