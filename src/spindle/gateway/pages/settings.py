"""Settings: what this gateway was told, and the way to what each listener chose."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic_settings import BaseSettings

from spindle.gateway.framing import framed
from spindle.gateway.here import Here
from spindle.gateway.settings import Settings
from spindle.people import asking
from spindle.people.settings import in_force
from spindle.shared.settings import BusSettings, ClientSettings, SpotifySettings

router = APIRouter()

_CHAPTERS: Mapping[str, Sequence[type[BaseSettings]]] = {
    "NATS": (BusSettings,),
    "Spotify": (ClientSettings, SpotifySettings),
    "The page": (Settings,),
}


@router.get("/settings")
async def settings(request: Request, gateway: Here) -> Response:
    told = in_force(gateway.settings)
    chapters = {name: [each for kind in kinds for each in told[kind]] for name, kinds in _CHAPTERS.items()}
    return framed(
        request, gateway, "settings.html", {"chapters": chapters, "names": await asking.names(gateway.client)}
    )
