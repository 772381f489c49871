"""A browser without JavaScript in front of a gateway, which shares nothing with others but the bus and the key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from agreeing import ACCESS, Person
from pydantic import SecretStr
from stack import Stack

from spindle.gateway.app import app
from spindle.gateway.here import Gateway
from spindle.gateway.latest import Latest
from spindle.gateway.live.feed import Feed
from spindle.gateway.settings import Settings


@asynccontextmanager
async def visiting(stack: Stack, signed_in: bool = True, **told: Any) -> AsyncIterator[Person]:
    settings = Settings(**{**stack.common, "access_token": SecretStr(ACCESS)} | told)
    own: Any = {"base_url": settings.address, "headers": {"sec-fetch-site": "same-origin", "accept": "text/html"}}
    async with Feed(stack.client, stack.nats_url) as feed:
        gateway = app(Gateway(settings, stack.client, Latest(stack.client), feed))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(gateway), **own) as http:
            person = Person(http)
            if signed_in:
                await person.sign_in()
            yield person
