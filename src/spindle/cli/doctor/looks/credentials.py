"""Looks at the credentials: whether Spotify knows our client, and whether our key opens the tokens."""

import asyncio
import os

from nats.js.errors import KeyNotFoundError
from nats.js.kv import KeyValue
from pydantic import ValidationError

from spindle import embedded
from spindle.cli import finding
from spindle.cli.doctor.logic import credentials
from spindle.cli.doctor.logic.credentials import Client, Tokens
from spindle.cli.doctor.logic.findings import Finding, unseen
from spindle.cli.doctor.sources import Sources
from spindle.cli.errors import CommandError
from spindle.shared.messages.ask import Listener
from spindle.shared.spotify.accounts import Accounts
from spindle.shared.spotify.errors import SpotifyError
from spindle.shared.spotify.keys import BadKey, Keys
from spindle.shared.spotify.records import Record
from spindle.shared.spotify.seal import BrokenSeal, Sealer

_OPENED = 200
"""Those of so many listeners tell whether these are the keys that sealed them."""


async def client(at: Sources) -> list[Finding]:
    told = at.spotify
    demo, secret = told.spotify_client_id == finding.DEMO, told.spotify_client_secret is not None
    seen = Client(told.spotify_client_id, demo, secret, needed=bool(os.environ.get("SPINDLE_NATS_URL")))
    if not told.spotify_client_id:
        return credentials.client(seen)
    if demo and at.instance is None and not seen.needed:
        return [unseen(credentials.CLIENT, "Spindle is not running")]
    accounts = Accounts(await at.http(), told.spotify_accounts_url, told.spotify_client_id, told.spotify_client_secret)
    try:
        accepted, why = await accounts.knows_us(), ""
    except SpotifyError as error:
        accepted, why = None, str(error)
    return credentials.client(Client(seen.id, demo, secret, accepted, why))


async def key_and_tokens(at: Sources) -> list[Finding]:
    try:
        source = finding.keys(at.home)
        keys, sealer = Keys(source), Sealer(source)
    except CommandError as error:
        fresh = at.instance is None and not os.environ.get("SPINDLE_NATS_URL")
        return credentials.key_to_come(embedded.has_recorded(at.home)) if fresh else credentials.no_key(str(error))
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
    return [*credentials.tokens(seen), *credentials.several_keys(len(keys.all), finding.keys_place(at.home))]


async def _trouble(bucket: KeyValue, sealer: Sealer, one: Listener, client_id: str) -> str | None:
    try:
        entry = await bucket.get(one.user)
        record = Record.model_validate_json(sealer.open(entry.value or b"", one.user))
    except KeyNotFoundError:
        return "missing"
    except (BrokenSeal, ValidationError):
        return "sealed_otherwise"
    return None if record.client_id == client_id else "other_client"
