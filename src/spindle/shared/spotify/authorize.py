"""The page of Spotify's where people say who they are and what they allow: its address, and what we ask for there."""

import base64
import hashlib
from dataclasses import dataclass
from urllib.parse import urlencode

from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Scope:
    """What a login allows, in Spotify's word and in a sentence for people."""

    name: str
    why: str


SCOPES = (
    Scope(
        "user-read-recently-played",
        "Read what you have recently played: this is what Spindle records.",
    ),
)
"""Only what is used today. Library and playlists need scopes of their own, and everybody a new login for them: whoever
does not want those must not have allowed them beforehand."""

UNASKED = (
    "Spindle asks for nothing else, because it uses nothing else yet. It cannot see your saved music, your playlists or"
    " your e-mail address, and it cannot change anything in your account."
)


def authorize_url(accounts_url: str, client_id: str, redirect_uri: str, state: str, verifier: SecretStr) -> str:
    """Where the browser goes. `state` and the answer come back to `redirect_uri`, letter by letter the registered one.

    The dialog is shown to whoever has agreed before, too: without it Spotify answers at once for the account that the
    browser happens to be logged in with, and a second listener could never be added.
    """
    asked = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": redirect_uri,
        "scope": " ".join(scope.name for scope in SCOPES),
        "state": state,
        "code_challenge_method": "S256",
        "code_challenge": challenge(verifier),
        "show_dialog": "true",
    }
    return f"{accounts_url.rstrip('/')}/authorize?{urlencode(asked)}"


def challenge(verifier: SecretStr) -> str:
    """What Spotify is told of the verifier beforehand: only whoever knows that one can exchange the code (PKCE)."""
    digest = hashlib.sha256(verifier.get_secret_value().encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")
