"""Import: hand over an export, watch it, read its receipt, take it back."""

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException

from spindle.gateway.framing import back, framed
from spindle.gateway.here import Gateway, Here
from spindle.gateway.importing import begun
from spindle.people import asking, progress
from spindle.people.errors import Problem
from spindle.people.importing import held
from spindle.people.receipts import MEANT, NOTHING_KEPT, headline
from spindle.people.steering import asked, request
from spindle.people.wording import capital
from spindle.shared.ids import JobId, UserId, now
from spindle.shared.messages.ask import AskImports, AskUsers, ImportFile, ImportRow, Listener, Users
from spindle.shared.messages.control import Undo
from spindle.shared.messages.imports import Buckets
from spindle.shared.messages.jobs import Status

router = APIRouter()

_LISTENERS, _IMPORTS, _FILES = 200, 30, 60
_PLAYS = ("new", "merged", "duplicate", "short")
"""Buckets that hold plays of a track."""


@dataclass(frozen=True)
class Part:
    """A bucket, as a part of a bar that is a hundred long."""

    name: str
    rows: int
    begins: float
    length: float

    @property
    def called(self) -> str:
        return self.name.replace("_", " ")

    @property
    def meaning(self) -> str | None:
        return MEANT.get(self.name)


@router.get("/import")
async def choose(seen: Request, gateway: Here, user: UserId | None = None) -> Response:
    found = await asking.ask(gateway.client, AskUsers(limit=_LISTENERS, coverage=False), Users)
    chosen = await _chosen(gateway, user, found.users)
    rows = await asking.imports(gateway.client, AskImports(limit=_IMPORTS))
    shown: dict[str, object] = {"listeners": found.users, "chosen": chosen, "rows": rows}
    shown |= {"limit": gateway.settings.upload_limit, "held": held(chosen) if chosen else None}
    return framed(seen, gateway, "import.html", {**shown, "states": {row.job: state(row) for row in rows}})


@router.post("/import/{user}")
async def hand_over(sent: Request, gateway: Here, user: UserId) -> Response:
    """For browsers without JavaScript."""
    try:
        found = await begun(gateway, await asking.listener(gateway.client, user), sent)
    except (Problem, HTTPException) as error:
        return back(f"/import?user={user}", capital(error.detail if isinstance(error, HTTPException) else str(error)))
    return RedirectResponse(f"/imports/{found.job}", 303)


@router.get("/imports/{job}")
async def receipt(seen: Request, gateway: Here, job: JobId) -> Response:
    row = await _import(gateway, job)
    going = None
    if row.status is Status.RUNNING:
        going = progress.of_import(row, now())
    shown = {
        "row": row,
        "headline": headline(row),
        "state": state(row),
        "going": going,
        "kept": row.status not in NOTHING_KEPT,
        "parts": _parts(row.buckets),
        "files": _files(row.files),
        "left_out": row.file_count - len(row.files[:_FILES]),
        "can_be_undone": _can_be_undone(row),
    }
    return framed(seen, gateway, "receipt.html", shown)


@router.post("/imports/{job}/undo")
async def undo(gateway: Here, job: JobId) -> Response:
    try:
        said = (await asked(gateway.client, Undo(job=job, request=request()))).why
    except Problem as error:
        said = str(error)
    return back(f"/imports/{job}", capital(said))


def state(row: ImportRow) -> str:
    """In a word."""
    if row.status in (Status.SUCCESS, Status.PARTIAL) and row.revoked_at:
        return "undone" if row.undone_at else "undoing"
    return "dry run" if row.dry_run and row.status is Status.SUCCESS else row.status.value


async def _chosen(gateway: Gateway, user: UserId | None, listeners: Sequence[Listener]) -> Listener | None:
    """Whom the files are for. Of several nobody is by default: plays would become somebody else's by a slip."""
    if user:
        return await asking.listener(gateway.client, user)
    return listeners[0] if len(listeners) == 1 else None


async def _import(gateway: Gateway, job: JobId) -> ImportRow:
    row = await asking.imported(gateway.client, job, files=True)
    if row is None:
        raise HTTPException(404, "there is no such import, or not yet")
    return row


def _can_be_undone(row: ImportRow) -> bool:
    plays = sum(getattr(row.buckets, name) for name in _PLAYS)
    return bool(plays) and not row.dry_run and not row.revoked_at and row.status in (Status.SUCCESS, Status.PARTIAL)


def _parts(buckets: Buckets) -> Sequence[Part]:
    """Those that hold something, beside each other."""
    rows, begins = buckets.rows, 0.0
    found = []
    for name, number in buckets:
        if number:
            found.append(Part(name, number, round(begins, 3), round(100 * number / rows, 3)))
            begins += 100 * number / rows
    return found


def _files(files: Sequence[ImportFile]) -> Sequence[tuple[str, ImportFile]]:
    """Without the folders, unless two are called the same."""
    short = [each.name.rpartition("/")[2] for each in files]
    return [
        (name if short.count(name) == 1 else each.name, each) for name, each in zip(short, files[:_FILES], strict=False)
    ]
