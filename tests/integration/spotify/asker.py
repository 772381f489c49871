"""A process of its own that asks a vault for tokens: `asker.py TIMES`. Where and with what comes in its environment."""

import asyncio
import os
import sys

import nats
from pydantic import SecretStr

from spindle.shared.spotify.accounts import Accounts
from spindle.shared.spotify.seal import Sealer
from spindle.shared.spotify.transport import http_client
from spindle.shared.spotify.vault import TokenVault


async def main(times: int) -> None:
    bus = await nats.connect(os.environ["TEST_NATS"])
    kv = await bus.jetstream().key_value("tokens")
    async with http_client() as http:
        accounts = Accounts(http, os.environ["TEST_ACCOUNTS"], "app", SecretStr(os.environ["TEST_SECRET"]))
        vault = TokenVault(kv, Sealer(SecretStr(os.environ["TEST_KEY"])), accounts)
        tokens = await asyncio.gather(*(vault.access_token(os.environ["TEST_USER"]) for _ in range(times)))
    sys.stdout.write("".join(f"{token}\n" for token in tokens))
    sys.stdout.flush()
    if os.environ.get("TEST_DIES"):
        os.kill(os.getpid(), 9)


asyncio.run(main(int(sys.argv[1])))
