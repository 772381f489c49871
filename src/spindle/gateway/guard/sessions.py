"""What a browser keeps after signing in: when it ends, and proof that we said so. Nothing is stored here.

The proof is keyed by the access token: with another token every session is over.
"""

import hashlib
import hmac
from datetime import datetime, timedelta

from pydantic import SecretStr

LASTING = timedelta(days=90)


def is_token(sent: str, token: SecretStr) -> bool:
    return hmac.compare_digest(sent.encode(), token.get_secret_value().encode())


def session(token: SecretStr, now: datetime) -> str:
    until = str(int((now + LASTING).timestamp()))
    return f"{until}.{_proof(token, until)}"


def is_session(sent: str, token: SecretStr, now: datetime) -> bool:
    until, _, proof = sent.partition(".")
    if not hmac.compare_digest(proof.encode(), _proof(token, until).encode()):
        return False
    return until.isdecimal() and now.timestamp() < int(until)


def _proof(token: SecretStr, until: str) -> str:
    return hmac.new(token.get_secret_value().encode(), f"session:{until}".encode(), hashlib.sha256).hexdigest()
