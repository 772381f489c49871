"""Cursors: where a page ended, as a time and what tells those of the same time apart. Nothing added later moves one."""

from datetime import datetime, timedelta

from spindle.recorder.errors import DataRefused
from spindle.shared.spotify.plays import EPOCH

_MICROSECOND = timedelta(microseconds=1)


def cursor(at: datetime, rest: str) -> str:
    return f"{(at - EPOCH) // _MICROSECOND}@{rest}"


def place(cursor: str, of: str) -> tuple[datetime, str]:
    number, found, rest = cursor.partition("@")
    try:
        at = EPOCH + int(number) * _MICROSECOND
    except (ValueError, OverflowError) as error:
        raise not_one(of) from error
    if not found:
        raise not_one(of)
    return at, rest


def not_one(of: str) -> DataRefused:
    return DataRefused(f"`after` is no cursor of a page of {of}")
