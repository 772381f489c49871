"""Imports: what was imported, what became of every row, and taking it back."""

from fastapi import APIRouter, HTTPException

from spindle.gateway.api.answers.controls import Answered
from spindle.gateway.api.answers.imports import Imports, Receipt, Rejects
from spindle.gateway.api.asked import AfterJob, AfterReject, ImportPath, Limit, OfWhom
from spindle.gateway.api.controls import done
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Gateway, Here
from spindle.people import asking, receipts
from spindle.people.shapes import Json, plain
from spindle.people.steering import request
from spindle.shared.ids import JobId
from spindle.shared.messages import ask
from spindle.shared.messages.control import Undo

router = APIRouter(prefix="/imports", tags=["imports"])

_MOST = 1000


@router.get("", response_model=Imports, responses=problems(404))
async def imports(gateway: Here, user: OfWhom = None, after: AfterJob = None, limit: Limit = 50) -> dict[str, Json]:
    """Newest first: everybody's, or a listener's."""
    of = (await asking.listener(gateway.client, user)).user if user else None
    question = ask.AskImports(user=of, after=after, limit=min(limit, _MOST))
    page = await asking.ask(gateway.client, question, ask.Imports)
    return {"imports": [receipts.told(row) for row in page.imports], "next": page.next}


@router.get("/{import}", response_model=Receipt, responses=problems(404))
async def receipt(gateway: Here, job: ImportPath) -> dict[str, Json]:
    """How far it is, and in the end what became of every row, file by file."""
    return receipts.receipt(await known(gateway, job))


@router.get("/{import}/rejects", response_model=Rejects, responses=problems(404))
async def rejects(gateway: Here, job: ImportPath, after: AfterReject = None, limit: Limit = 100) -> dict[str, Json]:
    """The rows that could not be read, in the order of the files."""
    row = await known(gateway, job)
    question = ask.AskRejects(user=row.user, job=job, after=after, limit=limit)
    page = await asking.ask(gateway.client, question, ask.Rejects)
    return {"rejects": [plain(each) for each in page.rejects], "next": page.next}


@router.post("/{import}/undo", status_code=202, response_model=Answered, responses=problems(404, 409))
async def undo(gateway: Here, job: ImportPath) -> Json:
    """Take back all that it has brought; plays that a poll or another import had seen stay. `undone_at` of the receipt
    says when that is done."""
    await known(gateway, job)
    return await done(gateway, Undo(job=job, request=request()))


async def known(gateway: Gateway, job: JobId) -> ask.ImportRow:
    row = await asking.imported(gateway.client, job, files=True)
    if row is None:
        raise HTTPException(404, "there is no such import")
    return row
