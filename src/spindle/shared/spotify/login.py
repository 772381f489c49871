"""A login on its way: sealed into the `state` that travels to Spotify and back, and kept nowhere else.

Whoever has the secret keys can begin one and honour one that another began: every gateway, and a terminal. That one is
honoured only once is Spotify's part, for it exchanges a code once (decision 17).

BadLogin
├── ForgedLogin     not sealed by us, or damaged
├── ExpiredLogin    begun too long ago
├── OthersLogin     begun in another browser
├── OthersClient    begun for another client id
├── DeniedLogin     nobody agreed
└── FailedLogin     Spotify ended it for a reason of its own
"""

import base64
import hashlib
import hmac
import re
import secrets
import uuid
from datetime import datetime, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr, field_serializer

from spindle.shared.spotify.keys import SealError
from spindle.shared.spotify.seal import Sealer

LIFETIME = timedelta(minutes=10)
"""To find the password and to read what is asked; as long as Spotify's own codes are good."""

_PURPOSE = "login"
"""No listener's id: tokens and logins are sealed with the same keys, and neither passes for the other."""

_WORD = re.compile(r"[a-z_]{3,40}")
"""Of OAuth, as `server_error`; anything else that stands there is anybody's."""

_LONGEST = 4096  # characters; ours have about 600, and this comes from anybody


class BadLogin(Exception):
    """This is no login that can be finished."""

    def __init__(self, text: str | None = None) -> None:
        super().__init__(text or type(self).__doc__)


class ForgedLogin(BadLogin):
    """Spindle did not begin this login, or its address was damaged on the way."""


class ExpiredLogin(BadLogin):
    """This login was begun more than ten minutes ago."""


class OthersLogin(BadLogin):
    """This login was begun in another browser."""


class OthersClient(BadLogin):
    """This login was begun for another Spotify application than the one that is set now."""


class DeniedLogin(BadLogin):
    """Nobody agreed at Spotify."""


class FailedLogin(BadLogin):
    """Spotify ended this login."""


class Login(BaseModel):
    """In clear only in memory; its errors and its repr hide the secret."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    id: str = Field(pattern="^[0-9a-f]{32}$")
    """Names the login to whoever waits for its end."""
    verifier: SecretStr
    """Proves to Spotify that the one who exchanges the code is the one who asked for it."""
    client_id: str
    redirect_uri: str
    expires_at: AwareDatetime
    name: str | None = None
    """The one wished for; else Spotify's display name is taken."""
    browser: str | None = None
    """The hash of a secret that only the browser knows in which it was begun; none for a terminal's."""

    @field_serializer("verifier", when_used="json")
    def _revealed(self, verifier: SecretStr) -> str:
        return verifier.get_secret_value()

    def state(self, sealer: Sealer) -> str:
        """As it travels."""
        sealed = sealer.seal(self.model_dump_json(exclude_none=True).encode(), _PURPOSE)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def begin(
    client_id: str, redirect_uri: str, now: datetime, *, name: str | None = None, secret: SecretStr | None = None
) -> Login:
    """A login that ends within `LIFETIME`. `secret` is what the browser keeps in a cookie (`new_secret`)."""
    return Login(
        id=uuid.uuid4().hex,
        verifier=SecretStr(secrets.token_urlsafe(48)),
        client_id=client_id,
        redirect_uri=redirect_uri,
        expires_at=now + LIFETIME,
        name=name,
        browser=_hash(secret) if secret else None,
    )


def new_secret() -> SecretStr:
    """For the cookie of a browser in which a login begins."""
    return SecretStr(secrets.token_urlsafe(24))


def opened(state: str, sealer: Sealer) -> Login:
    """Raises `ForgedLogin`, which says nothing of what was in it. It may be one that has to be refused (`check`)."""
    if len(state) > _LONGEST:
        raise ForgedLogin
    try:
        sealed = base64.b64decode(state + "=" * (-len(state) % 4), altchars=b"-_", validate=True)
        return Login.model_validate_json(sealer.open(sealed, _PURPOSE))
    except (SealError, ValueError):  # not base64, or not JSON of ours
        raise ForgedLogin from None


def check(login: Login, client_id: str, secret: SecretStr | None, now: datetime) -> None:
    """Raises what stands against finishing it here: `OthersLogin`, `ExpiredLogin`, `OthersClient`."""
    if login.browser and not (secret and hmac.compare_digest(login.browser, _hash(secret))):
        raise OthersLogin
    if login.expires_at <= now:
        raise ExpiredLogin
    if login.client_id != client_id:
        raise OthersClient


def code_of(code: str, error: str) -> SecretStr:
    """What came back with a login that can be finished; raises why it cannot: `DeniedLogin`, `FailedLogin`."""
    if error == "access_denied":
        raise DeniedLogin
    if error or not code:
        word = error if _WORD.fullmatch(error) else "it gives no reason"
        raise FailedLogin(f"Spotify ended this login: {word}.")
    return SecretStr(code)


def _hash(secret: SecretStr) -> str:
    return hashlib.sha256(secret.get_secret_value().encode()).hexdigest()
