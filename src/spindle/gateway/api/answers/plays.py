"""Plays."""

from typing import Annotated

from pydantic import Field

from spindle.gateway.api.answers.shape import Instant, Page, Shape
from spindle.shared.messages.plays import Source


class Play(Shape):
    """What is not known is null; from `platform` to `private`, only an import knows it."""

    played_at: Instant
    """When the play ended."""
    track_id: str
    track: Annotated[str, Field(examples=["Für Elise"])]
    artists: list[str]
    album: str | None
    duration_ms: int | None
    ms_played: int | None
    source: Source
    """Who saw it first."""
    job: str
    short: bool
    """Known to have lasted less than 30 seconds."""
    platform: str | None
    country: str | None
    reason_start: str | None
    reason_end: str | None
    shuffle: bool | None
    skipped: bool | None
    """Null when nobody knows: only an import tells."""
    offline: bool | None
    private: bool | None
    artist_ids: list[str]
    """In the order of `artists`."""
    album_id: str | None


class Plays(Page):
    plays: list[Play]
    """Oldest first."""
    looked_at: Instant | None
    """How far was looked, when it was not until the end and fewer than asked for were found."""
