"""The accounts service: people log in and allow or deny, programs exchange codes and refresh tokens (facts.md §4)."""

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response

from spindle.simulator.authority import Refused, Tokens
from spindle.simulator.login import page
from spindle.simulator.simulation import Simulation, simulation

_NO_STORE = {"cache-control": "no-cache, no-store, must-revalidate"}
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\])(:\d+)?(/|$)")


@dataclass(frozen=True, slots=True)
class _Client:
    id: str
    secret: str | None


async def authorize(request: Request) -> Response:
    """The first hop only leads on; what is wrong with a request shows after it."""
    return RedirectResponse(f"/login?{request.url.query}", 303)


async def login(request: Request) -> Response:
    here, asked = simulation(request), request.query_params
    wrong = _wrong(here, asked.get("client_id", ""), asked.get("redirect_uri", ""))
    if wrong:
        return PlainTextResponse(wrong, 400)
    if asked.get("response_type") != "code":
        return _back(request, {"error": "unsupported_response_type"})
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        return _back(request, {"error": "invalid_request"})
    return HTMLResponse(page(list(here.listeners), asked), headers=_NO_STORE)


async def answered(request: Request) -> Response:
    """The listener has pressed a button of the login page."""
    here, asked, form = simulation(request), request.query_params, await _form(request)
    wrong = _wrong(here, asked.get("client_id", ""), asked.get("redirect_uri", ""))
    if wrong:
        return PlainTextResponse(wrong, 400)
    if form.get("answer") != "allow":
        return _back(request, {"error": "access_denied"})
    listener = here.listeners.get(form.get("listener", ""))
    if listener is None:
        return PlainTextResponse("Nobody of that name listens here", 400)
    grant = here.authority.consent(listener.id, asked["client_id"], asked.get("scope", ""))
    code = here.authority.code(grant, asked["redirect_uri"], asked.get("code_challenge"))
    return _back(request, {"code": code})


async def token(request: Request) -> Response:
    form = await _form(request)
    try:
        found = _exchanged(simulation(request), request, form)
    except Refused as error:
        body = {"error": error.error}
        if error.description is not None:
            body["error_description"] = error.description
        return JSONResponse(body, 400, _NO_STORE)
    return JSONResponse(_granted(found), headers=_NO_STORE)


def _exchanged(here: Simulation, request: Request, form: dict[str, str]) -> Tokens:
    client = _client(request, form)
    authority = here.authority
    match form.get("grant_type"):
        case "authorization_code":
            code, verifier = form.get("code", ""), form.get("code_verifier")
            _check(here, client, secret_needed=not authority.by_pkce(code, verifier))
            return authority.redeem(code, client.id, form.get("redirect_uri", ""), verifier)
        case "refresh_token":
            _check(here, client, secret_needed=False)
            return authority.refreshed(form.get("refresh_token", ""), client.id)
        case "client_credentials":
            _check(here, client, secret_needed=True)
            return authority.of_client()
    raise Refused(
        "unsupported_grant_type", "grant_type must be client_credentials, authorization_code or refresh_token"
    )


def _client(request: Request, form: dict[str, str]) -> _Client:
    kind, _, coded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            own, _, secret = b64decode(coded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refused("invalid_client", "Invalid client") from error
        return _Client(own, secret)
    if not form.get("client_id"):
        raise Refused("invalid_client")
    return _Client(form["client_id"], form.get("client_secret"))


def _check(here: Simulation, client: _Client, secret_needed: bool) -> None:
    """A secret that is sent must be right; PKCE sends none."""
    settings = here.settings
    if not client.id or settings.client_id not in (None, client.id):
        raise Refused("invalid_client", "Invalid client")
    missing = secret_needed and not client.secret
    wrong = client.secret is not None and settings.client_secret not in (None, client.secret)
    if missing or wrong:
        raise Refused("invalid_client", "Invalid client secret")


def _granted(found: Tokens) -> dict[str, object]:
    body: dict[str, object] = {"access_token": found.access, "token_type": "Bearer", "expires_in": found.expires_in}
    if found.refresh is not None:
        body["refresh_token"] = found.refresh
    if found.scope is not None:
        body["scope"] = found.scope
    return body


def _wrong(here: Simulation, client: str, redirect_uri: str) -> str | None:
    """What is wrong with who asks and where the answer should go, in Spotify's words."""
    if not client or here.settings.client_id not in (None, client):
        return "INVALID_CLIENT: Invalid client"
    parts = urlsplit(redirect_uri)
    if not parts.scheme or parts.fragment or parts.hostname == "localhost":
        return "INVALID_CLIENT: Invalid redirect URI"
    if parts.scheme == "http" and not _LOOPBACK.match(redirect_uri):
        return "INVALID_CLIENT: Insecure redirect URI"
    return None


def _back(request: Request, answer: dict[str, str]) -> Response:
    """To the application, with its own `state`."""
    asked = request.query_params
    if "state" in asked:
        answer = {**answer, "state": asked["state"]}
    where = asked["redirect_uri"]
    return RedirectResponse(f"{where}{'&' if '?' in where else '?'}{urlencode(answer)}", 302)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
