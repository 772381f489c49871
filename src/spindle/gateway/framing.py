"""What surrounds every page of somebody who has come in: where to go, and what became of what they just did."""

from collections.abc import Mapping
from urllib.parse import quote, unquote

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from spindle.gateway.here import Gateway
from spindle.gateway.rendering import page

_TOLD = "told"
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
    comes_to_read = request.headers.get("sec-fetch-mode", "navigate") == "navigate"  # and is no page that looks again
    said = unquote(request.cookies.get(_TOLD, "")) if comes_to_read else ""
    frame = {"places": PLACES, "at": request.url.path, "demo": gateway.is_demo, "said": said}
    answer = page(request, template, {**frame, **shown}, status)
    if said:
        answer.delete_cookie(_TOLD)
    return answer


def back(place: str, said: str) -> Response:
    """After something was done: to a page, which says what became of it."""
    answer = RedirectResponse(place, 303)
    answer.set_cookie(_TOLD, quote(said), max_age=_SHOWN_WITHIN, httponly=True, samesite="lax")
    return answer
