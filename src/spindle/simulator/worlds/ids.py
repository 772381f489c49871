"""Ids that look like Spotify's and follow from what they name, so that every run of a world has the same ones."""

import hashlib
from random import Random

_BASE62 = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def number(*parts: object) -> int:
    """A number from these parts, evenly spread over 128 bits."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")


def fraction(*parts: object) -> float:
    """A number from 0 to 1 from these parts."""
    return number(*parts) / 2**128


def draws(*parts: object) -> Random:
    """Dice that fall the same way whenever they are made of the same parts."""
    return Random(number(*parts))  # noqa: S311


def base62(*parts: object, length: int = 22) -> str:
    """A Spotify id: 22 digits of base 62."""
    left, digits = number(*parts), ""
    for _ in range(length):
        left, digit = divmod(left, 62)
        digits += _BASE62[digit]
    return digits
