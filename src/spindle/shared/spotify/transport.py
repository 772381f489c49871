"""How requests reach Spotify: one pooled HTTP client, and one error for everything that the network does."""

import asyncio
from datetime import timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from spindle.shared import traces
from spindle.shared.metrics.declared import API_CALLS, API_SECONDS
from spindle.shared.spotify.door import Family
from spindle.shared.spotify.errors import Malformed, Unreachable

CONNECT = timedelta(seconds=5)
TOTAL = timedelta(seconds=15)
"""From the first packet to the last byte. httpx's own read timeout begins again with every packet, so that a server
which drips could hold us for ever; the lease of a token refresh (`vault`) relies on this bound."""


def http_client(transport: httpx.AsyncBaseTransport | None = None, *, connections: int = 100) -> httpx.AsyncClient:
    """Close it with `aclose`. A transport of one's own (a simulator in the same process) goes in front of the network.

    httpx logs every URL at INFO: no URL of ours holds a token.
    """
    return httpx.AsyncClient(
        transport=transport or AiohttpTransport(client=lambda: _session(connections)),
        timeout=httpx.Timeout(TOTAL.total_seconds(), connect=CONNECT.total_seconds()),
        headers={"User-Agent": f"spindle/{version('spindle')}", "Accept-Encoding": "gzip"},
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        follow_redirects=False,  # a redirected request would carry its token along
    )


async def send(http: httpx.AsyncClient, request: httpx.Request, family: Family) -> httpx.Response:
    """The whole answer, whatever its status. Raises `Unreachable`; `Malformed` when its gzip is broken."""
    status = "none"
    try:
        with traces.calling(request.method, family) as note, API_SECONDS.labels(family).time():
            async with asyncio.timeout(TOTAL.total_seconds()):
                response = await http.send(request)
            status = str(response.status_code)
            note("status", status)
        return response
    except httpx.DecodingError as error:
        raise Malformed from error
    except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:  # httpx-aiohttp lets some of aiohttp's through
        raise Unreachable(f"Spotify did not answer ({type(error).__name__}).") from error
    finally:
        API_CALLS.labels(family, status).inc()


def _session(connections: int) -> aiohttp.ClientSession:
    # One client speaks for all listeners: a cookie of one must not travel with another's call.
    connector = aiohttp.TCPConnector(limit=connections, keepalive_timeout=30, ssl=httpx.create_ssl_context())
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
