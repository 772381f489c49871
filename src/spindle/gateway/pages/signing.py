"""Signing in with the access token, and out again."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from spindle.gateway.guard.sessions import LASTING, is_token, session
from spindle.gateway.guard.token import cookie
from spindle.gateway.here import Here
from spindle.gateway.places import ours
from spindle.gateway.rendering import page
from spindle.shared.ids import now

router = APIRouter()


@router.get("/sign-in")
async def ask(request: Request, to: str = "/") -> Response:
    return page(request, "sign_in.html", {"going_to": to})


@router.post("/sign-in")
async def sign_in(
    request: Request, gateway: Here, token: Annotated[str, Form()] = "", going_to: Annotated[str, Form()] = "/"
) -> Response:
    settings = gateway.settings
    if not is_token(token.strip(), settings.access_token):
        return page(request, "sign_in.html", {"going_to": going_to, "wrong": True}, 401)
    answer = RedirectResponse(ours(going_to), 303)
    answer.set_cookie(
        cookie(settings),
        session(settings.access_token, now()),
        max_age=int(LASTING.total_seconds()),
        httponly=True,
        secure=settings.is_encrypted,
        samesite="lax",
    )
    return answer


@router.post("/sign-out")
async def sign_out(gateway: Here) -> Response:
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie(gateway.settings))
    return answer
