"""Sealed bytes: nobody reads them without the key, and nobody passes one listener's off as another's.

A sealed value is: version (1 byte), id of the key (4 bytes), nonce (12 bytes), AES-256-GCM text and tag; the
associated data is whose it is: a user id, or the purpose of what belongs to no listener.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from spindle.shared.spotify.keys import Keys, SealError, Source

VERSION = b"\x01"
_HEAD, _NONCE = 5, 12


class BrokenSeal(SealError):
    """This cannot be opened: it was sealed with another SPINDLE_SECRET_KEY, for another listener, or it is damaged."""

    def __init__(self) -> None:
        super().__init__(type(self).__doc__)


class Sealer:
    """Seals with the first key and opens with each: the id in front tells which."""

    def __init__(self, source: Source) -> None:
        self._keys = Keys(source)

    def seal(self, plain: bytes, whose: str) -> bytes:
        key, nonce = self._keys.first, os.urandom(_NONCE)
        return VERSION + bytes.fromhex(key.id) + nonce + AESGCM(key.raw).encrypt(nonce, plain, whose.encode())

    def open(self, sealed: bytes, whose: str) -> bytes:
        """Raises `BrokenSeal`."""
        key = self._keys.called(sealed_by(sealed))
        nonce, text = sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :]
        if key is None or not sealed.startswith(VERSION) or len(nonce) < _NONCE:
            raise BrokenSeal
        try:
            return AESGCM(key.raw).decrypt(nonce, text, whose.encode())
        except InvalidTag:
            raise BrokenSeal from None


def sealed_by(sealed: bytes) -> str:
    """The id of the key that opens it."""
    return sealed[len(VERSION) : _HEAD].hex()
