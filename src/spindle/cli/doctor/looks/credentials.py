"""Looks at the credentials, as a home has them: it may never have had a key, and its demo needs no client."""

import os

from spindle import embedded
from spindle.cli import finding
from spindle.cli.doctor.home import Home
from spindle.people.doctor.logic import credentials
from spindle.people.doctor.logic.credentials import Client
from spindle.people.doctor.logic.findings import Finding, unseen
from spindle.people.doctor.looks.credentials import opened, tried
from spindle.people.errors import Problem


async def client(at: Home) -> list[Finding]:
    told = at.spotify
    demo, needed = told.spotify_client_id == finding.DEMO, bool(os.environ.get("SPINDLE_NATS_URL"))
    if demo and at.instance is None and not needed:
        return [unseen(credentials.CLIENT, "Spindle is not running")]
    return await tried(at, Client(told.spotify_client_id, demo, needed=needed))


async def key_and_tokens(at: Home) -> list[Finding]:
    try:
        source = finding.keys(at.home)
    except Problem as error:
        fresh = at.instance is None and not os.environ.get("SPINDLE_NATS_URL")
        return credentials.key_to_come(embedded.has_recorded(at.home)) if fresh else credentials.no_key(str(error))
    return await opened(at, source, finding.keys_place(at.home))
