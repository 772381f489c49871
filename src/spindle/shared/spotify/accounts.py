"""Spotify's accounts service: the code of a login, or a refresh token, for an access token."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
from pydantic import SecretStr

from spindle.shared.ids import now
from spindle.shared.settings import SpotifySettings
from spindle.shared.spotify import wire
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.errors import BadClient, Disconnected, Malformed
from spindle.shared.spotify.refusals import code_refused, token_refused
from spindle.shared.spotify.transport import http_client, send

LIFETIME = timedelta(hours=1)
"""Of an access token whose answer does not tell it (facts.md §4)."""

LONGEST = timedelta(days=1)
"""A longer promise is not believed: a token that has died early costs a 401, one kept too long costs many."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What a listener's consent gives us for now. Without a refresh token the one that was sent stays good."""

    access_token: SecretStr
    expires_at: datetime
    refresh_token: SecretStr | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a login ends with."""

    refresh_token: SecretStr
    grant: Grant
    given_at: datetime
    """At the latest: when the code for it was exchanged."""


class Accounts:
    """With a client secret it speaks as a confidential client, without one as PKCE does."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        accounts_url: str,
        client_id: str,
        client_secret: SecretStr | None = None,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._http = http
        self._start_url = accounts_url
        self._token_url = f"{accounts_url.rstrip('/')}/api/token"
        self.client_id = client_id
        self._client_secret = client_secret
        self._clock = clock

    async def exchange(self, code: SecretStr, verifier: SecretStr, redirect_uri: str) -> Consent:
        """The end of a login. Raises `CodeRefused`, and `BadClient` when it is us."""
        asked_at = self._clock()
        form = {
            "grant_type": "authorization_code",
            "code": code.get_secret_value(),
            "code_verifier": verifier.get_secret_value(),
            "redirect_uri": redirect_uri,
        }
        response = await send(self._http, self._request(form), Family.TOKENS)
        if response.status_code != httpx.codes.OK:
            raise code_refused(response, self._clock())
        granted = grant(wire.read(wire.TokenAnswer, response.content), asked_at)
        if granted.refresh_token is None:
            raise Malformed("Spotify gave no refresh token for this login.")
        return Consent(granted.refresh_token, granted, asked_at)

    async def refresh(self, refresh_token: SecretStr) -> Grant:
        """Raises `Disconnected` when the refresh token is no good (any more), `BadClient` when we are not."""
        asked_at = self._clock()
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token.get_secret_value()}
        response = await send(self._http, self._request(form), Family.TOKENS)
        if response.status_code != httpx.codes.OK:
            raise token_refused(response, self._clock())
        return grant(wire.read(wire.TokenAnswer, response.content), asked_at)

    async def knows_us(self) -> bool:
        """Whether Spotify accepts our client id, and the secret if we have one. No listener's token is touched.

        A client with a secret gets a token of its own, and throws it away. One without has no grant of its own: it is
        known when nothing is wrong but the refresh token, which is none. Raises the other errors of a refresh.
        """
        form = {"grant_type": "refresh_token", "refresh_token": "none"}
        if self._client_secret is not None:
            form = {"grant_type": "client_credentials"}
        response = await send(self._http, self._request(form), Family.TOKENS)
        if response.status_code == httpx.codes.OK:
            return True
        refused = token_refused(response, self._clock())
        if isinstance(refused, Disconnected | BadClient):
            return isinstance(refused, Disconnected)
        raise refused

    async def told_at(self) -> datetime:
        """What its clock says. Any answer has a date; that of the start page touches nobody's token."""
        answer = await self._http.head(self._start_url)
        return parsedate_to_datetime(answer.headers["date"])

    async def close(self) -> None:
        await self._http.aclose()

    def _request(self, form: dict[str, str]) -> httpx.Request:
        if self._client_secret is None:
            return self._http.build_request("POST", self._token_url, data={**form, "client_id": self.client_id})
        pair = f"{self.client_id}:{self._client_secret.get_secret_value()}"
        headers = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
        return self._http.build_request("POST", self._token_url, data=form, headers=headers)


def speaking_with(told: SpotifySettings) -> Accounts:
    """For a few questions, over connections of their own; close it."""
    http = http_client(connections=4)
    return Accounts(http, told.spotify_accounts_url, told.spotify_client_id, told.spotify_client_secret)


def grant(answer: wire.TokenAnswer, asked_at: datetime) -> Grant:
    """Its time counts from the question, so that a slow answer never makes it look fresher than it is."""
    seconds = LIFETIME.total_seconds() if answer.expires_in is None else max(answer.expires_in, 0)
    lifetime = timedelta(seconds=min(seconds, LONGEST.total_seconds()))
    return Grant(answer.access_token, asked_at + lifetime, answer.refresh_token, answer.scope)
