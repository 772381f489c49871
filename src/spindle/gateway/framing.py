"""What surrounds every page of somebody who has come in: where to go, and what became of what they just did."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from spindle.gateway.growing import Rest, grown, whole
from spindle.gateway.here import Gateway
from spindle.gateway.rendering import page

_TOLD = "told"
_AGAIN = "looks-again"
"""What a page says that is open already, and looks what has changed: a header."""
_SHOWN_WITHIN = 30  # seconds
PLACES = (
    ("/", "Now"),
    ("/listening", "Listening"),
    ("/coverage", "Coverage"),
    ("/timeline", "Timeline"),
    ("/import", "Import"),
    ("/health", "Health"),
    ("/settings", "Settings"),
    ("/login", "Link an account"),
)


def framed(
    request: Request, gateway: Gateway, template: str, shown: Mapping[str, object], status: int = 200
) -> Response:
    told = _told(request, gateway, shown)
    return _once(page(request, template, told, status), told)


async def begun(
    request: Request, gateway: Gateway, template: str, shown: Mapping[str, object], **rests: Rest[object]
) -> Response:
    """A page whose rests come later. One that looks again waits for all of them: if that fails, it stays as it is."""
    told = _told(request, gateway, shown)
    sent = whole if _AGAIN in request.headers else grown
    return _once(await sent(request, template, told, rests), told)


def _told(request: Request, gateway: Gateway, shown: Mapping[str, object]) -> Mapping[str, object]:
    said = "" if _AGAIN in request.headers else unquote(request.cookies.get(_TOLD, ""))
    return {"places": PLACES, "at": request.url.path, "demo": gateway.is_demo, "said": said, **shown}


def _once(answer: Response, told: Mapping[str, object]) -> Response:
    """What was said is not said again."""
    if told["said"]:
        answer.delete_cookie(_TOLD)
    return answer


def back(place: str, said: str) -> Response:
    """After something was done: to a page, which says what became of it."""
    answer = RedirectResponse(place, 303)
    answer.set_cookie(_TOLD, quote(said), max_age=_SHOWN_WITHIN, httponly=True, samesite="lax")
    return answer
