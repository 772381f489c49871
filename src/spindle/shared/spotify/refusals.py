"""Answers that are not what we asked for, and which error each of them is."""

import re
from datetime import datetime

import httpx

from spindle.shared.spotify.errors import (
    BadClient,
    BadRequest,
    CodeRefusal,
    CodeRefused,
    Disconnected,
    Forbidden,
    Malformed,
    RateLimited,
    Refusal,
    SpotifyError,
    Unauthorized,
    Unavailable,
)
from spindle.shared.spotify.retry_after import WINDOW, retry_after
from spindle.shared.spotify.wire import Complaint, ErrorAnswer, read

_SECRET = re.compile(r"\S{20,}")
"""Anything as long as a token could be one that a server in between quotes; no word of Spotify's is."""

_KINDS = {
    "insufficient client scope": Refusal.SCOPE,
    "not registered": Refusal.NOT_REGISTERED,
    "premium": Refusal.PREMIUM,
}


def refused(response: httpx.Response, now: datetime) -> SpotifyError:
    """What an answer of the Web API other than 200 means."""
    match response.status_code:
        case 401:
            return Unauthorized()
        case 403:
            return forbidden(response)
        case 429:
            wait, quota = retry_after(response.headers.get("retry-after"), now), _reason(response) == "QUOTA_EXCEEDED"
            return RateLimited(wait or WINDOW, quota=quota, told=wait is not None)
        case status if status >= 500:
            return Unavailable(status)
        case status if status >= 400:
            return BadRequest(status, words(response))
        case status:
            return Malformed(f"Spotify answered with status {status}, which its documentation does not promise.")


def token_refused(response: httpx.Response, now: datetime) -> SpotifyError:
    """What an answer of the accounts service other than 200 means: there 400 has several meanings."""
    if response.status_code not in (400, 401):
        return refused(response, now)
    answer = _answer(response)
    if answer.error == "invalid_grant":
        return Disconnected(_short(answer.error_description or "invalid_grant"))
    if response.status_code == 401 or answer.error in ("invalid_client", "unauthorized_client"):
        return BadClient()
    return BadRequest(response.status_code, words(response))


def code_refused(response: httpx.Response, now: datetime) -> SpotifyError:
    """What an answer other than 200 means to a login: `invalid_grant` accuses its code, not a listener."""
    error = token_refused(response, now)
    if not isinstance(error, Disconnected):
        return error
    said = error.reason.lower()
    if "redirect" in said:
        return CodeRefused(CodeRefusal.REDIRECT)
    return CodeRefused(CodeRefusal.VERIFIER if "verifier" in said else CodeRefusal.SPENT)


def forbidden(response: httpx.Response) -> Forbidden:
    """Spotify itself answers with JSON or with a line of text (facts.md §4), and never with a page."""
    if _is_page(response):
        return Forbidden(Refusal.PROXY)
    said, error = words(response), _answer(response).error
    if isinstance(error, Complaint) and said.lower() == "forbidden":
        return Forbidden(Refusal.REMOVED)
    kind = next((kind for part, kind in _KINDS.items() if part in said.lower()), Refusal.UNKNOWN)
    return Forbidden(kind, said)


def words(response: httpx.Response) -> str:
    """What Spotify says about it: one short line without anything that could be a token. HTML says nothing."""
    answer = _answer(response)
    if isinstance(answer.error, Complaint):
        return _short(answer.error.message or answer.error.description or "")
    if answer.error:
        return _short(answer.error_description or answer.error)
    text = _text(response).strip()
    return "" if _is_page(response) or text.startswith(("{", "[")) else _short(text)


def _is_page(response: httpx.Response) -> bool:
    kind = response.headers.get("content-type", "")
    return kind.startswith("text/html") or _text(response).lstrip("\ufeff \t\r\n").startswith("<")


def _text(response: httpx.Response) -> str:
    """Always UTF-8: httpx believes the header, and some of the encodings that it may name raise at any bytes."""
    return response.content.decode(errors="replace")


def _reason(response: httpx.Response) -> str | None:
    error = _answer(response).error
    return error.reason if isinstance(error, Complaint) else None


def _answer(response: httpx.Response) -> ErrorAnswer:
    try:
        return read(ErrorAnswer, response.content)
    except Malformed:
        return ErrorAnswer()  # some refusals are plain text (facts.md §0, 9)


def _short(text: str) -> str:
    line = "".join(each for each in " ".join(text.split()) if each.isprintable())
    return _SECRET.sub("…", line)[:200].rstrip(".")
