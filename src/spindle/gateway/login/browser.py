"""The secret of a browser in which a login begins: it stays there, in a cookie, and the login holds its hash."""

import re

from fastapi import Request
from fastapi.responses import Response
from pydantic import SecretStr

from spindle.gateway.settings import Settings
from spindle.shared.spotify.login import LIFETIME, new_secret

_OURS = re.compile(r"[A-Za-z0-9_-]{32}")


def secret(request: Request, settings: Settings) -> SecretStr | None:
    kept = request.cookies.get(_name(settings), "")
    return SecretStr(kept) if _OURS.fullmatch(kept) else None


def keep_secret(request: Request, answer: Response, settings: Settings) -> SecretStr:
    """The one that the browser has already, so that of two pages with a login each both can be finished."""
    kept = secret(request, settings) or new_secret()
    answer.set_cookie(
        _name(settings),
        kept.get_secret_value(),
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        secure=settings.is_encrypted,
        samesite="lax",
    )
    return kept


def _name(settings: Settings) -> str:
    """Of one Spindle: browsers do not tell ports apart."""
    return f"spindle-login-{settings.port}"
