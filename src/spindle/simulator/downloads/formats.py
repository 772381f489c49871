"""The forms that the two packages have had, with the fields of their rows (facts.md §6.1, §6.2)."""

from dataclasses import dataclass
from enum import StrEnum


class Format(StrEnum):
    """A package, and the last year or so in which it looked like this."""

    EXTENDED_2022 = "extended-2022"
    EXTENDED_2023 = "extended-2023"
    EXTENDED_2024 = "extended-2024"
    EXTENDED_2025 = "extended-2025"
    ACCOUNT_2023 = "account-2023"
    ACCOUNT_2024 = "account-2024"


@dataclass(frozen=True, slots=True)
class Era:
    """How the extended history was written; what all eras have in common is in `rows`."""

    folder: str
    fields: tuple[str, ...]
    audio: str = "Streaming_History_Audio"
    video: str = "Streaming_History_Video"
    minified: bool = False
    ordered: bool = True
    begins_in_ms: bool = False
    """`offline_timestamp`; otherwise in seconds."""
    unknown_begin: int | None = None
    """`offline_timestamp` when there is none."""

    @property
    def audiobooks(self) -> bool:
        return "audiobook_uri" in self.fields


_SOUND = (
    "master_metadata_track_name",
    "master_metadata_album_artist_name",
    "master_metadata_album_album_name",
    "spotify_track_uri",
    "episode_name",
    "episode_show_name",
    "spotify_episode_uri",
)
_AUDIOBOOK = ("audiobook_title", "audiobook_uri", "audiobook_chapter_uri", "audiobook_chapter_title")
_HOW = ("reason_start", "reason_end", "shuffle", "skipped", "offline", "offline_timestamp", "incognito_mode")
_WHERE = ("platform", "ms_played", "conn_country")
_FIRST = ("ts", "username", *_WHERE, "ip_addr_decrypted", "user_agent_decrypted", *_SOUND, *_HOW)
_NAMELESS = ("ts", *_WHERE, "ip_addr", *_SOUND, *_HOW)
_LATEST = ("ts", *_WHERE, "ip_addr", *_SOUND, *_AUDIOBOOK, *_HOW)
_FOLDER = "Spotify Extended Streaming History"

ERAS = {
    Format.EXTENDED_2022: Era(
        "MyData", _FIRST, "endsong", "endvideo", ordered=False, begins_in_ms=True, unknown_begin=0
    ),
    Format.EXTENDED_2023: Era("MyData", _FIRST, minified=True, unknown_begin=0),
    Format.EXTENDED_2024: Era(_FOLDER, _NAMELESS),
    Format.EXTENDED_2025: Era(_FOLDER, _LATEST),
}
