"""A process of its own that asks vaults for tokens: `asker.py TIMES`. Where and with what comes in its environment.

TEST_VAULTS of them share nothing in memory. With TEST_WAITS it says when it is ready, and waits for a line.
TEST_DIES names the moment of a renewal at which it is killed as by a power cut.
"""

import asyncio
import os
import sys

import nats
from pydantic import SecretStr

from spindle.shared.spotify.accounts import Accounts, Grant
from spindle.shared.spotify.seal import Sealer
from spindle.shared.spotify.transport import http_client
from spindle.shared.spotify.vault import TokenVault

TOLD = os.environ


class Mortal(Accounts):
    async def refresh(self, refresh_token: SecretStr) -> Grant:
        die("before the call")
        grant = await super().refresh(refresh_token)
        die("between answer and store")
        return grant


def die(moment: str) -> None:
    if TOLD.get("TEST_DIES") == moment:
        os.kill(os.getpid(), 9)


async def main(times: int) -> None:
    bus = await nats.connect(TOLD["TEST_NATS"])
    kv = await bus.jetstream().key_value("tokens")
    async with http_client() as http:
        accounts = Mortal(http, TOLD["TEST_ACCOUNTS"], TOLD.get("TEST_CLIENT", "app"), SecretStr(TOLD["TEST_SECRET"]))
        sealer = Sealer(SecretStr(TOLD["TEST_KEY"]))
        vaults = [TokenVault(kv, sealer, accounts) for _ in range(int(TOLD.get("TEST_VAULTS", "1")))]
        if TOLD.get("TEST_WAITS"):
            say("ready")
            await asyncio.to_thread(sys.stdin.readline)
        user, rejected = TOLD["TEST_USER"], TOLD.get("TEST_REJECTED")
        tokens = await asyncio.gather(
            *(vault.access_token(user, rejected=rejected) for vault in vaults for _ in range(times))
        )
    die("after the store")
    say(*tokens)
    die("with the token in use")


def say(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


asyncio.run(main(int(sys.argv[1])))
