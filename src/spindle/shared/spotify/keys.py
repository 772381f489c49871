"""The keys that seal tokens: the first one seals, each of them opens. In a file they may change while it is in use.

The file is looked at whenever something is to be sealed, and when a key is missed: whoever runs learns of a rotation. A
key that was put aside beside it, as `secret.key.0a1b2c3d`, still opens what was on its way, or comes from a backup.
"""

import base64
import binascii
import hashlib
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

Source = SecretStr | Path
"""Keys with white space between them, or the file that holds them."""

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_ID_BYTES = 4


class SealError(Exception):
    """Something sealed cannot be used."""


class BadKey(SealError):
    """What should be a key is none."""

    def __init__(self, where: object = "SPINDLE_SECRET_KEY") -> None:
        super().__init__(f"{where} must be 32 random bytes in base64 or hex; this makes one: openssl rand -base64 32")


@dataclass(frozen=True)
class Key:
    raw: bytes = field(repr=False)

    @property
    def id(self) -> str:
        """Tells keys apart without telling anything of them."""
        return hashlib.sha256(b"spindle key id" + self.raw).digest()[:_ID_BYTES].hex()


class Keys:
    """Raises `BadKey` and `OSError` when it is made, and never afterwards: then those that are known go on."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stamp = _stamp(source)
        self._known = read(source)

    @property
    def all(self) -> tuple[Key, ...]:
        if _stamp(self._source) != self._stamp:
            self._read_again()
        return self._known

    @property
    def first(self) -> Key:
        """The one that seals."""
        return self.all[0]

    def called(self, name: str) -> Key | None:
        """The one with this id."""
        found = _called(name, self._known)
        if found or not isinstance(self._source, Path):
            return found
        self._read_again()
        return _called(name, self._known) or _called(name, _kept(put_aside(self._source, name)))

    def _read_again(self) -> None:
        stamp = _stamp(self._source)
        with suppress(SealError, OSError):
            self._known, self._stamp = read(self._source), stamp


def read(source: Source) -> tuple[Key, ...]:
    """At least one, each once. Raises `BadKey` and `OSError`."""
    if isinstance(source, SecretStr):
        return _keys(source.get_secret_value(), "SPINDLE_SECRET_KEY")
    return _keys(source.read_text(errors="replace"), source)  # what is no text is no key either


def written(keys: Iterable[Key]) -> str:
    """As a file holds them: a line each."""
    return "".join(f"{base64.urlsafe_b64encode(key.raw).decode().rstrip('=')}\n" for key in keys)


def put_aside(file: Path, name: str) -> Path:
    """Where the key with this id stands when it is no longer in use."""
    return file.with_name(f"{file.name}.{name}")


def new_key() -> SecretStr:
    return SecretStr(secrets.token_urlsafe(32))


def _keys(text: str, where: object) -> tuple[Key, ...]:
    found = [Key(_raw(word, where)) for word in text.split()]
    if not found:
        raise BadKey(where)
    return tuple(dict.fromkeys(found))


def _raw(text: str, where: object) -> bytes:
    """32 bytes from hex or base64 of either alphabet, padded or not. A passphrase is refused: it could be weak."""
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    plain = text.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadKey(where) from None
    if len(raw) != 32:
        raise BadKey(where)
    return raw


def _called(name: str, keys: tuple[Key, ...]) -> Key | None:
    return next((key for key in keys if key.id == name), None)


def _kept(file: Path) -> tuple[Key, ...]:
    with suppress(SealError, OSError):
        return read(file)
    return ()


def _stamp(source: Source) -> tuple[int, ...]:
    """Changes with the file; that of one which is not there is that of no other."""
    if isinstance(source, SecretStr):
        return ()
    try:
        there = source.stat()
    except OSError:
        return ()
    return there.st_ino, there.st_mtime_ns, there.st_size
