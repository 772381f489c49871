"""A dead letter, opened: what it holds, tried again, or given up after a question."""

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from spindle.gateway.framing import back, framed
from spindle.gateway.here import Gateway, Here
from spindle.people import letters
from spindle.people.errors import Problem
from spindle.people.letters import Numbered
from spindle.people.shapes import text
from spindle.people.steering import asked, request
from spindle.people.wording import capital
from spindle.shared.bus import dead
from spindle.shared.messages.control import Control, Drop, Retry

router = APIRouter(prefix="/health/dead")

_PATIENCE = 0.08  # seconds that a page waits to know whom a letter is about


@router.get("/{letter}")
async def letter(seen: Request, gateway: Here, letter: int) -> Response:
    found = await _known(gateway, letter)
    body = text(letters.body(found.letter)) if letters.is_json(found.letter) else found.letter.body
    return framed(seen, gateway, "letter.html", {**await _shown(gateway, found), "body": body})


@router.get("/{letter}/drop")
async def ask(seen: Request, gateway: Here, letter: int) -> Response:
    """Before anything is lost."""
    return framed(seen, gateway, "letter_drop.html", await _shown(gateway, await _known(gateway, letter)))


@router.post("/{letter}/retry")
async def retry(gateway: Here, letter: int) -> Response:
    return await _done(gateway, letter, Retry(letter=letter, request=request()))


@router.post("/{letter}/drop")
async def drop(gateway: Here, letter: int) -> Response:
    return await _done(gateway, letter, Drop(letter=letter, request=request()))


async def _done(gateway: Gateway, letter: int, command: Control) -> Response:
    try:
        answer = await asked(gateway.client, command)
    except Problem as error:
        return back("/health", capital(str(error)))
    gateway.checkups.forget()
    said = f"dead letter {letter}: {answer.why}"
    return back("/health" if answer.done else f"/health/dead/{letter}", capital(said))


async def _known(gateway: Gateway, number: int) -> Numbered:
    found = await dead.letter(gateway.client.jetstream(), number)
    if found is None:
        raise HTTPException(404, f"there is no dead letter {number}, or not any more")
    return Numbered(number, letters.read(found))


async def _shown(gateway: Gateway, found: Numbered) -> dict[str, object]:
    everyone = (await gateway.checkups.everyone.seen(_PATIENCE)).found
    about = next((one for one in everyone.listeners if one.user == found.letter.user), None) if everyone else None
    return {"number": found.number, "letter": found.letter, "about": about, "lost": letters.lost(found.letter)}
