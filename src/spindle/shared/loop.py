"""How a service runs: on uvloop where there is one, with a garbage collector that leaves it alone.

Messages are trees of small objects, so that Python's own thresholds have it look through everything that the imports
have left, thousands of times a second of work: reading a page of plays took four times as long.
"""

import asyncio
import gc
from collections.abc import Coroutine

_YOUNG, _MIDDLE, _OLD = 10_000, 10, 10


def run(main: Coroutine[object, object, None]) -> None:
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    try:
        import uvloop
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)
