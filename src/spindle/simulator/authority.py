"""Who may do what: codes, grants and access tokens, and what has become of them since they were issued."""

import hmac
import secrets
import time
from collections import deque
from dataclasses import dataclass, replace

from spindle.simulator.clock import Clock, moment, unix_ms
from spindle.simulator.logic.tokens import Access, Grant, Signer, challenge, ends_at
from spindle.simulator.settings import Lifetime, Refresh, Settings

SCOPES = (
    "playlist-modify-private playlist-modify-public playlist-read-collaborative playlist-read-private"
    " user-follow-modify user-library-modify user-library-read user-read-email user-read-private"
    " user-read-recently-played"
)
_CODE_MS = 600_000
"""A code is good for ten minutes of simulated time, once."""
_ISSUED = 100_000


class Refused(Exception):
    """An answer of `/api/token` with status 400; the description is left out where Spotify leaves it out."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(description or error)
        self.error, self.description = error, description


class Unauthorized(Exception):
    """An API call's token is `missing`, `invalid` or `expired`."""


@dataclass(frozen=True, slots=True)
class Tokens:
    access: str
    expires_in: int
    scope: str | None = None
    refresh: str | None = None


@dataclass(frozen=True, slots=True)
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str | None
    expires_at: int


class Authority:
    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.refresh = settings.refresh
        self.access_seconds = settings.access_seconds
        self._lifetime = settings.access_lifetime
        self._clock = clock
        self.issued: deque[str] = deque(maxlen=_ISSUED)
        """Tokens of both kinds, for whoever looks whether one was spilt."""
        self._signer = Signer(settings.seed)
        self._codes: dict[str, _Code] = {}
        self._links: dict[str, str] = {}
        self._revoked_tokens: set[str] = set()
        self._revoked: dict[str, int] = {}
        self._expired: dict[str | None, int] = {}

    def consent(self, listener: str, client: str | None, scope: str) -> Grant:
        """A new authorization, with six months to live."""
        return Grant(listener, client, scope, self._clock.ms, time.time_ns())

    def link(self, listener: str) -> str:
        """A refresh token that works now and for any client: the same one for as long as it is good."""
        token = self._links.get(listener)
        if token is None or self._unusable(token) is not None:
            token = self._links[listener] = self._refresh(self.consent(listener, None, SCOPES))
        return token

    def code(self, grant: Grant, redirect_uri: str, pkce: str | None) -> str:
        code = "AQ" + secrets.token_urlsafe(150)
        self._codes[code] = _Code(grant, redirect_uri, pkce, self._clock.ms + _CODE_MS)
        return code

    def redeem(self, code: str, client: str, redirect_uri: str, verifier: str | None) -> Tokens:
        found = self._codes.pop(code, None)
        if found is None or found.grant.client != client:
            raise Refused("invalid_grant", "Invalid authorization code")
        if found.expires_at <= self._clock.ms:
            raise Refused("invalid_grant", "Authorization code expired")
        if found.redirect_uri != redirect_uri:
            raise Refused("invalid_grant", "Invalid redirect URI")
        if found.challenge is not None and not hmac.compare_digest(found.challenge, challenge(verifier or "")):
            raise Refused("invalid_grant", "code_verifier was incorrect")
        return self._tokens(found.grant, self._refresh(found.grant))

    def by_pkce(self, code: str, verifier: str | None) -> bool:
        """Whether this code belongs to a flow that needs no client secret; of one that is spent its verifier tells."""
        found = self._codes.get(code)
        return found.challenge is not None if found else verifier is not None

    def refreshed(self, token: str, client: str) -> Tokens:
        grant, why = self._signer.grant(token), self._unusable(token)
        if grant is None or why is not None:
            raise why or Refused("invalid_grant", "Invalid refresh token")
        if grant.client not in (None, client):
            raise Refused("invalid_grant", "Invalid refresh token")
        if self.refresh is not Refresh.ROTATE:
            return self._tokens(grant, None)
        self._revoked_tokens.add(token)
        return self._tokens(grant, self._refresh(replace(grant, issued_at=time.time_ns())))

    def of_client(self) -> Tokens:
        """Client credentials: a token without a listener."""
        return Tokens(self._access(None, ""), int(self.access_seconds))

    def check(self, token: str) -> Access:
        """What this access token allows; raises `Unauthorized` with what is wrong with it."""
        access = self._signer.access(token)
        if access is None:
            raise Unauthorized("invalid" if token else "missing")
        ended = max(self._expired.get(access.listener, 0), self._expired.get(None, 0))
        if access.expires_at <= self._now or access.issued_at <= ended:
            raise Unauthorized("expired")
        return access

    def listener_of(self, token: str) -> str | None:
        """Whose token this is, access or refresh, good or not; None for a stranger's."""
        access, grant = self._signer.access(token), self._signer.grant(token)
        return access.listener if access else grant.listener if grant else None

    def expire_access(self, listener: str | None) -> None:
        """End the access tokens of this listener, or of everybody."""
        self._expired[listener] = time.time_ns()

    def revoke(self, listener: str) -> None:
        """The listener removes the application: every grant so far ends."""
        self._revoked[listener] = time.time_ns()

    def revoke_token(self, token: str) -> bool:
        self._revoked_tokens.add(token)
        return self._signer.grant(token) is not None

    def _unusable(self, token: str) -> Refused | None:
        grant = self._signer.grant(token)
        if grant is None:
            return Refused("invalid_grant", "Invalid refresh token")
        if token in self._revoked_tokens or grant.issued_at <= self._revoked.get(grant.listener, 0):
            return Refused("invalid_grant", "Refresh token revoked")
        if self.refresh is not Refresh.PLAIN and self._clock.ms >= unix_ms(ends_at(moment(grant.authorized_at))):
            return Refused("invalid_grant")
        return None

    def _tokens(self, grant: Grant, refresh: str | None) -> Tokens:
        return Tokens(self._access(grant.listener, grant.scope), int(self.access_seconds), grant.scope, refresh)

    def _access(self, listener: str | None, scope: str) -> str:
        expires_at = self._now + round(self.access_seconds * 1000)
        return self._issue(self._signer.access_token(Access(listener, scope, expires_at, time.time_ns())))

    def _refresh(self, grant: Grant) -> str:
        return self._issue(self._signer.refresh_token(grant))

    def _issue(self, token: str) -> str:
        self.issued.append(token)
        return token

    @property
    def _now(self) -> int:
        return self._clock.real_ms if self._lifetime is Lifetime.REAL else self._clock.ms
