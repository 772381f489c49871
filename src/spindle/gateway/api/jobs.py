"""Jobs: what has been done and is being done."""

from fastapi import APIRouter, HTTPException

from spindle.gateway.api.answers.controls import Answered
from spindle.gateway.api.answers.jobs import Comparison, Jobs, JobSteps
from spindle.gateway.api.asked import (
    AfterJob,
    AfterStep,
    JobPath,
    Limit,
    OfKind,
    OfStatus,
    OfWhom,
    OtherJob,
    Since,
    Until,
)
from spindle.gateway.api.controls import done
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Gateway, Here
from spindle.people import asking, shapes
from spindle.people.errors import Refused
from spindle.people.shapes import Json, plain
from spindle.people.steering import request
from spindle.shared.ids import JobId
from spindle.shared.messages import ask
from spindle.shared.messages.control import Cancel

router = APIRouter(prefix="/jobs", tags=["jobs"])


@router.get("", response_model=Jobs, responses=problems(404))
async def jobs(
    gateway: Here,
    user: OfWhom = None,
    kind: OfKind = None,
    status: OfStatus = None,
    since: Since = None,
    until: Until = None,
    after: AfterJob = None,
    limit: Limit = 50,
) -> dict[str, Json]:
    """Newest first, by when they began: everybody's, or a listener's. Jobs that begin meanwhile move no page."""
    of = (await asking.listener(gateway.client, user)).user if user else None
    question = ask.AskJobs(user=of, kind=kind, status=status, since=since, until=until, after=after, limit=limit)
    page = await asking.ask(gateway.client, question, ask.Jobs)
    return {"jobs": [shapes.job(row) for row in page.jobs], "next": page.next}


@router.get("/{job}", response_model=JobSteps, responses=problems(404))
async def job(gateway: Here, job: JobPath, after: AfterStep = None, limit: Limit = 500) -> dict[str, Json]:
    """One job, with what the books say of each of its steps."""
    row = await _known(gateway, job)
    question = ask.AskSteps(user=row.user, job=job, after=after, limit=limit)
    page = await asking.ask(gateway.client, question, ask.Steps)
    return {"job": shapes.job(row), "steps": [plain(step) for step in page.steps], "next": page.next}


@router.get("/{job}/compare", response_model=Comparison, responses=problems(404))
async def compare(gateway: Here, job: JobPath, other: OtherJob) -> dict[str, Json]:
    """One job beside another one: how long both took, what they did, how they waited."""
    rows = [await _known(gateway, each) for each in (job, other)]
    return {"runs": shapes.comparison([await asking.course(gateway.client, row) for row in rows])}


@router.post("/{job}/cancel", response_model=Answered, responses=problems(404, 409))
async def cancel(gateway: Here, job: JobPath) -> Json:
    """End a job, whether it runs, waits or is paused. What it has found stays; what an import did is taken back."""
    try:
        return await done(gateway, Cancel(job=job, request=request()))
    except Refused:
        await _known(gateway, job)
        raise


async def _known(gateway: Gateway, job: JobId) -> ask.JobRow:
    row = await asking.job(gateway.client, job)
    if row is None:
        raise HTTPException(404, "there is no such job")
    return row
