"""How each package writes an entry of a history: an object of Spotify's JSON."""

from random import Random

from spindle.simulator.clock import iso, moment
from spindle.simulator.downloads.entries import Entry, Kind
from spindle.simulator.downloads.formats import Era
from spindle.simulator.wire import JSON
from spindle.simulator.worlds.ids import base62, draws

_SECOND_MS = 1_000
_SHORT_SINCE = 2022
"""Platforms have short names since about then; older plays keep their long ones."""
_LONG = (
    "Android OS 10 API 29 (samsung, SM-G973F)",
    "iOS 13.5.1 (iPhone11,8)",
    "OS X 10.15.7 [x86 8]",
    "Windows 10 (10.0.19042; x64; AppX)",
    "web_player windows 10;chrome 96.0.4664.45;desktop",
)
_SHORT = ("android", "ios", "osx", "windows", "cast")


def extended(entry: Entry, owner: str, country: str, era: Era) -> JSON:
    """A row of the extended history, with the fields of its era, in their order."""
    rng = draws(owner, "row", entry.ended_at, entry.title)
    told = _known(entry, owner, country, rng) | _sound(entry) | _book(entry) | _how(entry, era, rng)
    return {field: told[field] for field in era.fields}


def _known(entry: Entry, owner: str, country: str, rng: Random) -> JSON:
    address = f"203.0.113.{rng.randint(1, 254)}"
    return {
        "ts": iso(entry.ended_at // _SECOND_MS * _SECOND_MS, drop_zero=True),
        "username": owner,
        "platform": rng.choice(_SHORT if moment(entry.ended_at).year >= _SHORT_SINCE else _LONG),
        "ms_played": entry.ms_played,
        "conn_country": country,
        "ip_addr": address,
        "ip_addr_decrypted": address,
        "user_agent_decrypted": rng.choice(("unknown", None)),
    }


def _sound(entry: Entry) -> JSON:
    track, podcast = entry.kind is Kind.TRACK, entry.kind is Kind.PODCAST
    return {
        "master_metadata_track_name": entry.title if track else None,
        "master_metadata_album_artist_name": entry.by if track else None,
        "master_metadata_album_album_name": entry.of if track else None,
        "spotify_track_uri": entry.uri if track else None,
        "episode_name": entry.title if podcast else None,
        "episode_show_name": entry.by if podcast else None,
        "spotify_episode_uri": entry.uri if podcast else None,
    }


def _book(entry: Entry) -> JSON:
    book = entry.kind is Kind.AUDIOBOOK
    return {
        "audiobook_title": entry.of if book else None,
        "audiobook_uri": entry.uri if book else None,
        "audiobook_chapter_uri": f"spotify:episode:{base62(entry.uri, entry.title)}" if book else None,
        "audiobook_chapter_title": entry.title if book else None,
    }


def _how(entry: Entry, era: Era, rng: Random) -> JSON:
    skipped = entry.reason_end == "fwdbtn"
    return {
        "reason_start": entry.reason_start,
        "reason_end": entry.reason_end,
        "shuffle": rng.random() < 0.4,
        "skipped": None if era.begins_in_ms and not skipped and rng.random() < 0.5 else skipped,
        "offline": None if entry.video else rng.random() < 0.04,
        "offline_timestamp": era.unknown_begin if entry.video or rng.random() < 0.02 else _begin(entry, era, rng),
        "incognito_mode": entry.private,
    }


def _begin(entry: Entry, era: Era, rng: Random) -> int:
    """By the device's clock, which is a second or so off (facts.md §6.3)."""
    begin = entry.began_at + round(rng.gauss(0, 600))
    return begin if era.begins_in_ms else begin // _SECOND_MS


def account(entry: Entry) -> JSON:
    """A row of the account package: to the minute, and without an id."""
    ended = moment(entry.ended_at).strftime("%Y-%m-%d %H:%M")
    match entry.kind:
        case Kind.PODCAST:
            told: JSON = {"podcastName": entry.by, "episodeName": entry.title}
        case Kind.AUDIOBOOK:
            told = {"audiobookName": entry.of, "chapterName": entry.title, "authorName": entry.by}
        case _:
            told = {"artistName": entry.by, "trackName": entry.title}
    return {"endTime": ended, **told, "msPlayed": entry.ms_played}


def account_before_2024(entry: Entry) -> JSON:
    """Episodes stood among the tracks then, and looked like them."""
    ended = moment(entry.ended_at).strftime("%Y-%m-%d %H:%M")
    return {"endTime": ended, "artistName": entry.by, "trackName": entry.title, "msPlayed": entry.ms_played}
