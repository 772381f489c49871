"""The HTTP client of our workers and nothing else, in a process of its own.

Run as `python bench/bare.py URL REQUESTS AT_ONCE`: it prints the seconds that they took, and those of CPU.
"""

import asyncio
import sys
import time
from itertools import count

import uvloop

from spindle.shared.spotify.transport import http_client


async def main(url: str, requests: int, at_once: int) -> None:
    numbers = count()
    async with http_client() as http:

        async def ask(until: int) -> None:
            while (number := next(numbers)) < until:
                headers = {"Authorization": f"Bearer token-{number}"}
                response = await http.get(f"{url}/me/player/recently-played?limit=50", headers=headers)
                assert len(response.content) > 50_000

        await asyncio.gather(*(ask(at_once) for _ in range(at_once)))  # connects
        began, busy = time.perf_counter(), time.process_time()
        await asyncio.gather(*(ask(requests) for _ in range(at_once)))
        print(time.perf_counter() - began, time.process_time() - busy)


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
