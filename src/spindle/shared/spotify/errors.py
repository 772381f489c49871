"""What can go wrong between us and Spotify.

SpotifyError
├── Unreachable     no answer: network, timeout
├── Unavailable     5xx
├── Malformed       an answer, but not what was promised
├── RateLimited     429, with the wait and whether it is the quota
├── Held            not even asked: the door is closed, or the budget of calls is spent
├── Unauthorized    401: the access token is no good
├── Forbidden       403, with its kind
├── BadRequest      any other 4xx
├── Disconnected    the listener must log in again
├── CodeRefused     the code of a login is not exchanged, with the kind of refusal
└── BadClient       our client id or secret is wrong

None of them ever holds a token: what Spotify said comes through `refusals.words`.
"""

import inspect
from datetime import datetime, timedelta
from enum import StrEnum


class SpotifyError(Exception):
    """Spotify could not be asked."""

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or _first_line(type(self)))


class Unreachable(SpotifyError):
    """Spotify did not answer."""


class Unavailable(SpotifyError):
    """Spotify is having trouble of its own."""

    def __init__(self, status: int) -> None:
        super().__init__(f"Spotify is having trouble of its own (status {status}).")
        self.status = status


class Malformed(SpotifyError):
    """Spotify's answer is not what its documentation promises."""


class RateLimited(SpotifyError):
    """Spotify asks us to wait."""

    def __init__(self, retry_after: timedelta, *, quota: bool = False, told: bool = True) -> None:
        what = "The quota of this Spotify developer account is used up" if quota else "Spotify asks us to wait"
        super().__init__(f"{what}: {retry_after.total_seconds():.0f} s." if told else f"{what}.")
        self.retry_after = retry_after
        self.told = told
        """Spotify said for how long; else it is a guess."""
        self.quota = quota
        """Closes its family of endpoints for every client id of the same developer account (facts.md §2)."""
        self.until: datetime | None = None
        """When its door opens, once it is closed."""


class Held(SpotifyError):
    """Spotify was not even asked: its door is closed, or the budget of calls is spent."""

    def __init__(self, until: datetime, why: str, *, budget: bool = False) -> None:
        super().__init__(why)
        self.until = until
        """When to try again."""
        self.budget = budget
        """It is the budget: nothing but our own caution."""


class Unauthorized(SpotifyError):
    """Spotify does not accept this access token (any more)."""


class Refusal(StrEnum):
    """Why Spotify answered 403 (facts.md §4)."""

    SCOPE = "scope"
    NOT_REGISTERED = "not_registered"
    PREMIUM = "premium"
    REMOVED = "removed"
    PROXY = "proxy"
    UNKNOWN = "unknown"


_REFUSED = {
    Refusal.SCOPE: "The listener has not allowed this: a new login must ask for the missing scope.",
    Refusal.NOT_REGISTERED: "The listener is not on the list of this app's users in Spotify's developer dashboard.",
    Refusal.PREMIUM: "The owner of this Spotify app has no active Premium; hours may pass after a new subscription.",
    Refusal.REMOVED: "Spotify no longer offers this to our app, or it belongs to somebody else.",
    Refusal.PROXY: "A page came instead of Spotify's answer: a proxy or a firewall on the way refuses this.",
}


class Forbidden(SpotifyError):
    """Spotify refuses this."""

    def __init__(self, kind: Refusal, said: str = "") -> None:
        super().__init__(_REFUSED.get(kind) or f"Spotify refuses this: {said or 'it gives no reason'}.")
        self.kind = kind


def refusal(words: str) -> Refusal | None:
    """Which kind of `Forbidden` says this, for whoever kept only its words."""
    return next((kind for kind, said in _REFUSED.items() if said == words), None)


class BadRequest(SpotifyError):
    """Spotify does not understand what we ask."""

    def __init__(self, status: int, said: str = "") -> None:
        super().__init__(f"Spotify does not understand what we ask (status {status}): {said or 'it gives no reason'}.")
        self.status = status


class Disconnected(SpotifyError):
    """The listener must log in with Spotify again."""

    def __init__(self, reason: str = "invalid_grant", since: datetime | None = None) -> None:
        super().__init__(f"The listener must log in with Spotify again: {reason}.")
        self.reason = reason
        self.since = since
        """When the link was lost, if that was known before: a login since then has healed it."""


class CodeRefusal(StrEnum):
    """Why Spotify does not exchange the code of a login (facts.md §4)."""

    SPENT = "spent"
    REDIRECT = "redirect"
    VERIFIER = "verifier"


_NOT_EXCHANGED = {
    CodeRefusal.SPENT: "Spotify does not accept this login any more: it was used already, or it is too old.",
    CodeRefusal.REDIRECT: "Spotify expected another redirect URI than the one with which the login was begun.",
    CodeRefusal.VERIFIER: "Spotify does not believe that this login was begun here.",
}


class CodeRefused(SpotifyError):
    """Spotify does not exchange the code of a login."""

    def __init__(self, kind: CodeRefusal) -> None:
        super().__init__(_NOT_EXCHANGED[kind])
        self.kind = kind


class BadClient(SpotifyError):
    """Spotify does not know this client id and secret."""


def _first_line(kind: type) -> str:
    # Without docstrings (python -OO) the name has to do.
    return (inspect.getdoc(kind) or kind.__name__).splitlines()[0]
