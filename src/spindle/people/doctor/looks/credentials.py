"""Looks at the credentials: whether Spotify knows our client, and whether our key opens the tokens."""

import asyncio
from dataclasses import replace
from pathlib import Path

from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import SecretStr, ValidationError

from spindle.people.doctor.logic import credentials
from spindle.people.doctor.logic.credentials import Client, Tokens
from spindle.people.doctor.logic.findings import Finding
from spindle.people.doctor.sources import Sources
from spindle.people.wording import at_home
from spindle.shared.messages.ask import Listener
from spindle.shared.spotify.errors import SpotifyError
from spindle.shared.spotify.keys import BadKey, Keys
from spindle.shared.spotify.records import Record
from spindle.shared.spotify.seal import BrokenSeal, Sealer

_OPENED = 200
"""Those of so many listeners tell whether these are the keys that sealed them."""


async def client(at: Sources) -> list[Finding]:
    """Of a service: without a client id nothing works."""
    return await tried(at, Client(at.spotify.spotify_client_id))


async def tried(at: Sources, seen: Client) -> list[Finding]:
    """Whether Spotify accepts it."""
    if not seen.id:
        return credentials.client(seen)
    try:
        accepted, why = await (await at.accounts()).knows_us(), ""
    except SpotifyError as error:
        accepted, why = None, str(error)
    secret = at.spotify.spotify_client_secret is not None
    return credentials.client(replace(seen, secret=secret, accepted=accepted, why=why))


async def key_and_tokens(at: Sources) -> list[Finding]:
    told = at.spotify
    return await opened(at, told.keys, at_home(told.secret_key_file) if told.secret_key_file else "SPINDLE_SECRET_KEY")


async def opened(at: Sources, source: SecretStr | Path, place: str) -> list[Finding]:
    """Whether these keys open the tokens; `place` is where a person finds them."""
    try:
        keys, sealer = Keys(source), Sealer(source)
    except (BadKey, OSError) as error:
        return credentials.no_key(str(error))
    everyone = await at.everyone()
    linked = [one for one in everyone.listeners if one.disconnected_at is None][:_OPENED]
    bucket = await (await at.bus()).jetstream().key_value("tokens")
    ours = at.spotify.spotify_client_id
    troubles = await asyncio.gather(*(_trouble(bucket, sealer, one, ours) for one in linked))
    by_kind = {
        kind: [one.name for one, trouble in zip(linked, troubles, strict=True) if trouble == kind]
        for kind in ("sealed_otherwise", "missing", "other_client")
    }
    seen = Tokens(len(linked), everybody=len(linked) < _OPENED, **by_kind)
    return [*credentials.tokens(seen), *credentials.several_keys(len(keys.all), place)]


async def _trouble(bucket: KeyValue, sealer: Sealer, one: Listener, client_id: str) -> str | None:
    try:
        entry = await bucket.get(one.user)
        record = Record.model_validate_json(sealer.open(entry.value or b"", one.user))
    except KeyNotFoundError:
        return "missing"
    except (BrokenSeal, ValidationError):
        return "sealed_otherwise"
    return None if record.client_id == client_id else "other_client"
