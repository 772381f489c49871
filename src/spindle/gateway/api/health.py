"""What is wrong, and what to do about it."""

from fastapi import APIRouter

from spindle.gateway.api.answers.health import Health
from spindle.gateway.here import Here
from spindle.people import shapes
from spindle.people.doctor.visit import WITHIN
from spindle.people.errors import NoAnswer
from spindle.people.shapes import Json, plain

router = APIRouter(tags=["seeing"])


@router.get("/health", response_model=Health)
async def health(gateway: Here) -> dict[str, Json]:
    """What the doctor says, as far as it can be seen from here: it takes seconds, and is then good for a few."""
    seen = await gateway.checkups.findings.seen(2 * WITHIN)
    if seen.found is None:
        raise NoAnswer("the doctor is still looking")
    return {"looked_at": plain(seen.at), "findings": [shapes.finding(one) for one in seen.found]}
