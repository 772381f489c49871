"""Tokens that carry what they grant, signed, so that they outlive a restart of the simulator."""

import binascii
import calendar
import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

_MAC_BYTES = 24
_MONTHS = 6
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a listener allowed. `client` is None for a grant that any application may use: the demo's."""

    listener: str
    client: str | None
    scope: str
    authorized_at: int
    """In simulated time: six months later it ends."""
    issued_at: int
    """In real nanoseconds: a revocation ends what was issued before it."""


@dataclass(frozen=True, slots=True)
class Access:
    """`listener` is None for a token of the client itself."""

    listener: str | None
    scope: str
    expires_at: int
    issued_at: int


_GRANT, _ACCESS = TypeAdapter(Grant), TypeAdapter(Access)


class Signer:
    """Seals and opens tokens with a key that follows from the seed."""

    def __init__(self, seed: int) -> None:
        self._key = hashlib.sha256(f"simulator:{seed}".encode()).digest()

    def refresh_token(self, grant: Grant) -> str:
        return self._sealed("AQ", _GRANT.dump_json(grant))

    def access_token(self, access: Access) -> str:
        return self._sealed("BQ", _ACCESS.dump_json(access))

    def grant(self, token: str) -> Grant | None:
        return _known(_GRANT, self._opened("AQ", token))

    def access(self, token: str) -> Access | None:
        return _known(_ACCESS, self._opened("BQ", token))

    def _sealed(self, kind: str, body: bytes) -> str:
        return kind + urlsafe_b64encode(self._mac(kind, body) + body).decode().rstrip("=")

    def _opened(self, kind: str, token: str) -> bytes | None:
        try:
            raw = urlsafe_b64decode(token[len(kind) :] + "=" * (-len(token[len(kind) :]) % 4))
        except (binascii.Error, ValueError):
            return None
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        return body if token.startswith(kind) and hmac.compare_digest(mac, self._mac(kind, body)) else None

    def _mac(self, kind: str, body: bytes) -> bytes:
        return hmac.digest(self._key, kind.encode() + body, "sha256")[:_MAC_BYTES]


def _known(form: TypeAdapter[T], body: bytes | None) -> T | None:
    try:
        return None if body is None else form.validate_json(body)
    except ValidationError:
        return None


def ends_at(authorized_at: datetime) -> datetime:
    """An authorization ends six calendar months after consent, and no refresh extends it (facts.md §4)."""
    year, month = divmod(authorized_at.month - 1 + _MONTHS, 12)
    year, month = authorized_at.year + year, month + 1
    day = min(authorized_at.day, calendar.monthrange(year, month)[1])
    return authorized_at.replace(year=year, month=month, day=day)


def challenge(verifier: str) -> str:
    """PKCE's S256."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
