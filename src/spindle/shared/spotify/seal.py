"""Sealed bytes: nobody reads them without the key, and nobody passes one listener's off as another's.

A sealed value is: version (1 byte), id of the key (4 bytes), nonce (12 bytes), AES-256-GCM text and tag; the
associated data is the user id.
"""

import base64
import binascii
import hashlib
import os
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import SecretStr

VERSION = b"\x01"
_KEY_ID, _NONCE = 4, 12
_HEX = re.compile(r"[0-9a-fA-F]{64}")


class SealError(Exception):
    """Something sealed cannot be used."""


class BadKey(SealError):
    """SPINDLE_SECRET_KEY must be 32 random bytes in base64 or hex; this makes one: openssl rand -base64 32"""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class BrokenSeal(SealError):
    """This cannot be opened: it was sealed with another SPINDLE_SECRET_KEY, for another listener, or it is damaged."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class Sealer:
    """Seals and opens with one key. The id of the key in front leaves room for a second one, to change it one day."""

    def __init__(self, key: SecretStr) -> None:
        raw = key_bytes(key)
        self._head = VERSION + _id(raw)
        self._cipher = AESGCM(raw)

    def seal(self, plain: bytes, user: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return self._head + nonce + self._cipher.encrypt(nonce, plain, user.encode())

    def open(self, sealed: bytes, user: str) -> bytes:
        """Raises `BrokenSeal`."""
        head, rest = sealed[: len(self._head)], sealed[len(self._head) :]
        if head != self._head or len(rest) < _NONCE:
            raise BrokenSeal
        try:
            return self._cipher.decrypt(rest[:_NONCE], rest[_NONCE:], user.encode())
        except InvalidTag:
            raise BrokenSeal from None


def new_key() -> SecretStr:
    return SecretStr(secrets.token_urlsafe(32))


def key_id(key: SecretStr) -> str:
    """Tells keys apart without telling anything of them. Raises `BadKey`."""
    return _id(key_bytes(key)).hex()


def sealed_by(sealed: bytes) -> str:
    """The id of the key that opens it."""
    return sealed[len(VERSION) : len(VERSION) + _KEY_ID].hex()


def _id(raw: bytes) -> bytes:
    return hashlib.sha256(b"spindle key id" + raw).digest()[:_KEY_ID]


def key_bytes(key: SecretStr) -> bytes:
    """32 bytes from hex or base64 of either alphabet, padded or not. A passphrase is refused: it could be weak."""
    text = key.get_secret_value().strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadKey from None
    if len(raw) != 32:
        raise BadKey
    return raw
