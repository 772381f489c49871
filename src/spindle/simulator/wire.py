"""Plays as Spotify's JSON, with the fields that each kind of application gets (facts.md §1.3, §3.3)."""

from functools import lru_cache

from spindle.simulator.clock import iso
from spindle.simulator.settings import Profile
from spindle.simulator.worlds.plays import Album, Artist, Context, Oddity, Play, Track, local_uri

JSON = dict[str, object]

_MARKETS = """
AD AE AG AL AM AO AR AT AU AZ BA BB BD BE BF BG BH BI BJ BN BO BR BS BT BW BY BZ CA CD CG CH CI CL CM CO CR CV
CW CY CZ DE DJ DK DM DO DZ EC EE EG ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HK HN HR HT HU ID IE
IL IN IQ IS IT JM JO JP KE KG KH KI KM KN KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MN
MO MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PS PT PW PY QA RO RS RW SA SB SC SE
SG SI SK SL SM SN SR ST SV SZ TD TG TH TJ TL TN TO TR TT TV TW TZ UA UG US UY UZ VC VE VN VU WS XK ZA ZM ZW
"""
MARKETS = tuple(_MARKETS.split())


def item(play: Play, profile: Profile, base: str) -> JSON:
    return {
        "track": _played(play, profile, base),
        "played_at": iso(play.played_at, drop_zero=True),
        "context": _context(play.context, base) if play.context else None,
    }


def _played(play: Play, profile: Profile, base: str) -> JSON | None:
    if play.track is None or play.oddity is Oddity.NULL_TRACK:
        return None
    track = _track(play.track, profile, base)
    if play.oddity is Oddity.NO_ID:
        return {**track, "id": None, "uri": None, "href": None, "external_urls": {}}
    return _local(track, play.track) if play.oddity is Oddity.LOCAL else track


def _local(track: JSON, known: Track) -> JSON:
    """A file of the listener's own, as it looks in playlists; nobody has seen one in recently-played."""
    artists: list[JSON] = [
        {"external_urls": {}, "href": None, "id": None, "name": known.artists[0].name, "type": "artist", "uri": None}
    ]
    return {
        **track,
        "artists": artists,
        "external_ids": {},
        "external_urls": {},
        "href": None,
        "id": None,
        "is_local": True,
        "uri": local_uri(known),
    }


@lru_cache(maxsize=8192)
def _track(track: Track, profile: Profile, base: str) -> JSON:
    found: JSON = {
        "album": _album(track.album, profile, base),
        "artists": [_artist(one, base) for one in track.artists],
        "available_markets": MARKETS,
        "disc_number": 1,
        "duration_ms": track.duration_ms,
        "explicit": track.explicit,
        "external_ids": {"isrc": track.isrc},
        **_links("track", track.id, base),
        "is_local": False,
        "name": track.name,
        "popularity": track.popularity,
        "preview_url": None,
        "track_number": track.number,
        "type": "track",
    }
    return _without(found, "available_markets", "popularity") if profile is Profile.NEW_DEV else found


def _album(album: Album, profile: Profile, base: str) -> JSON:
    found: JSON = {
        "album_type": album.kind,
        "artists": [_artist(one, base) for one in album.artists],
        "available_markets": MARKETS,
        **_links("album", album.id, base),
        "images": [{"height": size, "url": f"{base}/image/{album.id}", "width": size} for size in (640, 300, 64)],
        "name": album.name,
        "release_date": album.released,
        "release_date_precision": album.precision,
        "total_tracks": album.total_tracks,
        "type": "album",
    }
    return _without(found, "available_markets") if profile is Profile.NEW_DEV else found


def _artist(artist: Artist, base: str) -> JSON:
    return {**_links("artist", artist.id, base), "name": artist.name, "type": "artist"}


def _context(context: Context, base: str) -> JSON:
    links = _links(context.kind, context.id, base)
    return {"type": context.kind, **_without(links, "id")}


def _links(kind: str, own: str, base: str) -> JSON:
    return {
        "external_urls": {"spotify": f"https://open.spotify.com/{kind}/{own}"},
        "href": f"{base}/v1/{kind}s/{own}",
        "id": own,
        "uri": f"spotify:{kind}:{own}",
    }


def _without(found: JSON, *keys: str) -> JSON:
    return {key: value for key, value in found.items() if key not in keys}
