"""How a login can end otherwise than well: for each what a browser is told, and what to do about it."""

from dataclasses import dataclass
from http import HTTPStatus

from spindle.people import advice
from spindle.people.errors import NameTaken, NoAnswer, Problem
from spindle.people.wording import capital
from spindle.shared.spotify.errors import (
    BadClient,
    CodeRefusal,
    CodeRefused,
    Forbidden,
    Held,
    RateLimited,
    SpotifyError,
    Unavailable,
    Unreachable,
)
from spindle.shared.spotify.login import (
    BadLogin,
    DeniedLogin,
    ExpiredLogin,
    FailedLogin,
    ForgedLogin,
    OthersClient,
    OthersLogin,
)

ENDED = (BadLogin, SpotifyError, Problem)


@dataclass(frozen=True)
class Ending:
    status: HTTPStatus
    title: str
    advice: str
    why: str = ""


_AGAIN = "Begin again."
_LATER = "Begin again in a moment. Nothing was linked."
_ENDINGS: dict[type[Exception] | CodeRefusal, Ending] = {
    ForgedLogin: Ending(
        HTTPStatus.BAD_REQUEST,
        "This is no login of ours",
        "Begin again, and let the browser go to Spotify and back by itself. If you did not begin a login, close this"
        " page: nothing has happened.",
    ),
    ExpiredLogin: Ending(HTTPStatus.GONE, "Too late", "Begin again: there are ten minutes for Spotify's page."),
    OthersLogin: Ending(
        HTTPStatus.FORBIDDEN,
        "Begun in another browser",
        "Begin again in this browser, and let it keep this page's cookies. If you did not begin a login yourself, close"
        " this page: somebody may have wanted you to link an account for them.",
    ),
    OthersClient: Ending(
        HTTPStatus.CONFLICT,
        "Begun for another application",
        "Begin again: SPINDLE_SPOTIFY_CLIENT_ID has changed meanwhile, or is another one where the login was begun.",
    ),
    DeniedLogin: Ending(
        HTTPStatus.FORBIDDEN, "Not allowed", "Nothing was linked, and nothing is read. You can begin again at any time."
    ),
    FailedLogin: Ending(HTTPStatus.BAD_GATEWAY, "Spotify ended the login", _AGAIN),
    CodeRefusal.SPENT: Ending(
        HTTPStatus.GONE,
        "Used before",
        "If this page told you before that an account is linked, all is well and nothing more is to do. If not, begin"
        " again.",
    ),
    CodeRefusal.REDIRECT: Ending(
        HTTPStatus.BAD_GATEWAY,
        "Spotify expects another address",
        "Enter {callback} as redirect URI of your application in Spotify's dashboard, letter by letter, and begin"
        " again.",
    ),
    CodeRefusal.VERIFIER: Ending(HTTPStatus.BAD_REQUEST, "Not believed", _AGAIN),
    BadClient: Ending(
        HTTPStatus.BAD_GATEWAY,
        "Spotify does not know this application",
        "Compare SPINDLE_SPOTIFY_CLIENT_ID, and SPINDLE_SPOTIFY_CLIENT_SECRET if you have set it, with what Spotify's"
        " dashboard says.",
    ),
    Held: Ending(HTTPStatus.SERVICE_UNAVAILABLE, "Spotify asks us to wait", _LATER),
    RateLimited: Ending(HTTPStatus.SERVICE_UNAVAILABLE, "Spotify asks us to wait", _LATER),
    Unreachable: Ending(HTTPStatus.SERVICE_UNAVAILABLE, "Spotify does not answer", _LATER),
    Unavailable: Ending(HTTPStatus.SERVICE_UNAVAILABLE, "Spotify does not answer", _LATER),
    Forbidden: Ending(HTTPStatus.FORBIDDEN, "Spotify refuses this account", "Then begin again."),
    SpotifyError: Ending(HTTPStatus.BAD_GATEWAY, "Spotify does not accept this", _AGAIN),
    NameTaken: Ending(HTTPStatus.CONFLICT, "That name is taken", "Begin again with another name, or with none."),
    NoAnswer: Ending(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Not written down yet",
        "Look at the page Now in a while: if the account is not there when everything runs, begin again.",
    ),
    Problem: Ending(HTTPStatus.BAD_GATEWAY, "That did not work", _AGAIN),
}


def ending(error: Exception) -> Ending:
    """Of one of `ENDED`."""
    kind = next(kind for kind in _kinds(error) if kind in _ENDINGS)
    found, todo = _ENDINGS[kind], advice.todo(str(error)) if isinstance(error, Forbidden) else None
    told = f"{todo} {found.advice}" if todo else found.advice
    return Ending(found.status, found.title, told, f"{capital(str(error)).rstrip('.')}.")


def is_over(error: Exception) -> bool:
    """A code that was used before is no news: the first request with it may be linking the account just now."""
    return not (isinstance(error, CodeRefused) and error.kind is CodeRefusal.SPENT)


def _kinds(error: Exception) -> tuple[type[Exception] | CodeRefusal, ...]:
    named = (error.kind,) if isinstance(error, CodeRefused) else ()
    return (*named, *type(error).__mro__[:-2])
