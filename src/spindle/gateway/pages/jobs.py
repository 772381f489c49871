"""A job, opened to its steps, on a line of time; beside another one when somebody wants to compare."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from markupsafe import Markup
from starlette.exceptions import HTTPException

from spindle.gateway.charts.courses import SHORT, Line, courses, passed
from spindle.gateway.framing import framed
from spindle.gateway.here import Gateway, Here
from spindle.people import asking, progress
from spindle.people.course import Course, figures
from spindle.people.lines import called
from spindle.people.states import STOPPED
from spindle.people.wording import brief, clock, count
from spindle.shared.ids import JobId, Kind, now, parts
from spindle.shared.messages.ask import AskJobs, AskSteps, JobRow, Steps
from spindle.shared.messages.jobs import Status

router = APIRouter()

_STEPS = 200
_RUNS = 30
"""From which somebody may choose one to compare."""

Other = Annotated[JobId | None, Query(alias="with")]


@router.get("/jobs/{job}")
async def job(request: Request, gateway: Here, job: JobId, after: str | None = None, other: Other = None) -> Response:
    kind, user = parts(job)
    row = await _known(gateway, job)
    second = await _known(gateway, other) if other else None
    if second and (second.user, second.kind) != (row.user, row.kind):
        raise HTTPException(422, "only runs of the same kind for the same listener can be compared")
    steps = await asking.ask(gateway.client, AskSteps(user=user, job=job, after=after, limit=_STEPS), Steps)
    runs = await asking.jobs(gateway.client, AskJobs(user=user, kind=kind, limit=_RUNS))
    shown = {
        "row": row,
        "other": second,
        "kind": called(job),
        "steps": steps.steps,
        "stopped": STOPPED,
        "more": steps.next,
        "reason": STOPPED.get(row.reason, row.reason.value) if row.reason else None,
        "going": await _going(gateway, row, kind),
        "is_import": kind is Kind.ARCHIVE,
        "runs": [run for run in runs if run.job != job],
        **_drawn([await asking.course(gateway.client, each) for each in (row, second) if each]),
    }
    return framed(request, gateway, "job.html", shown)


def _drawn(found: Sequence[Course]) -> dict[str, object]:
    together = len(found) > 1
    title = "Both on one line of time" if together else "On a line of time"
    lines = [Line(_name(one) if together else "", one) for one in found]
    words = "; ".join(_words(one) for one in found)
    longest = max(one.lasts for one in found)
    write = passed(longest) if together or longest < SHORT else _at(found[0])
    chart = courses("course", title, words, lines, write)
    chart = chart if any(one.stretches for one in found) else Markup("")
    return {"chart": chart, "drawn": found, "figures": figures(found) if together else ()}


def _words(one: Course) -> str:
    """What somebody misses who cannot see it; the table has the rest."""
    return f"{count(one.job.steps, 'step')} and {count(len(one.waits), 'wait')} in {brief(one.lasts)}"


def _name(one: Course) -> str:
    return clock(one.job.started_at, now())


def _at(one: Course) -> Callable[[timedelta], str]:
    return lambda passed: clock(one.job.started_at + passed, now())


async def _known(gateway: Gateway, job: JobId) -> JobRow:
    row = await asking.job(gateway.client, job)
    if row is None:
        raise HTTPException(404, "there is no such job, or not any more")
    return row


async def _going(gateway: Gateway, row: JobRow, kind: Kind) -> progress.Going | None:
    if row.status is not Status.RUNNING or kind is Kind.POLL:
        return None
    if kind is Kind.INITIAL:
        return progress.of_initial(row, gateway.settings.initial_sync_max_requests, now())
    brought = await asking.imported(gateway.client, row.job)
    return progress.of_import(brought, now()) if brought else None
