"""Dead letters: looked at, tried again, given up."""

from fastapi import APIRouter, HTTPException
from nats.js.api import RawStreamMsg

from spindle.gateway.api.answers.controls import Answered
from spindle.gateway.api.answers.letters import Letters, WholeLetter
from spindle.gateway.api.asked import AfterLetter, LetterPath, Limit
from spindle.gateway.api.controls import done
from spindle.gateway.api.telling import problems
from spindle.gateway.here import Gateway, Here
from spindle.people import asking
from spindle.people import letters as people
from spindle.people.shapes import Json
from spindle.people.steering import request
from spindle.shared.bus import dead
from spindle.shared.messages.control import Drop, Retry

router = APIRouter(prefix="/dead", tags=["dead letters"])


@router.get("", response_model=Letters)
async def letters(gateway: Here, after: AfterLetter = None, limit: Limit = 50) -> dict[str, Json]:
    """What nobody could handle, oldest first."""
    found = await people.some(gateway.client.jetstream(), after or 0, limit)
    names = await asking.names(gateway.client) if found.shown else {}
    told = [people.row(each.number, each.letter, names) for each in found.shown]
    return {"letters": told, "next": str(found.next) if found.next else None}


@router.get("/{letter}", response_model=WholeLetter, responses=problems(404))
async def letter(gateway: Here, letter: LetterPath) -> dict[str, Json]:
    """One of them, with the message that could not be handled."""
    found = people.read(await _known(gateway, letter))
    return people.whole(letter, found, await asking.names(gateway.client))


@router.post("/{letter}/retry", response_model=Answered, responses=problems(404, 409))
async def retry(gateway: Here, letter: LetterPath) -> Json:
    """Do again what could not be done, when its cause is mended."""
    await _known(gateway, letter)
    return await done(gateway, Retry(letter=letter, request=request()))


@router.post("/{letter}/drop", response_model=Answered, responses=problems(404, 409))
async def drop(gateway: Here, letter: LetterPath) -> Json:
    """Give it up for good. With the step of an import goes all that the import has brought."""
    await _known(gateway, letter)
    return await done(gateway, Drop(letter=letter, request=request()))


async def _known(gateway: Gateway, number: int) -> RawStreamMsg:
    found = await dead.letter(gateway.client.jetstream(), number)
    if found is None:
        raise HTTPException(404, f"there is no dead letter {number}")
    return found
