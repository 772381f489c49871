"""When a real Chromium has painted the first content of a page, having fetched what the page needs and laid it out, and
when all of the page is there."""

import statistics
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests" / "browser"))

from chromium import Person, missing, opened

_PAINTED = """
    const paint = performance.getEntriesByType("paint").find((each) => each.name === "first-contentful-paint");
    const loaded = performance.getEntriesByType("navigation")[0].loadEventEnd;
    return paint && loaded ? [paint.startTime, loaded] : null;
"""


@contextmanager
def reader(address: str, token: str) -> Iterator[Person | None]:
    """Somebody who has signed in; None where no Chromium is."""
    if missing():
        yield None
        return
    with opened() as chrome:
        person = Person(chrome)
        person.goes_to(f"{address}/sign-in")
        person.fills_in("Access token", token)
        person.presses("Sign in")
        yield person


def painted(person: Person, addresses: Iterable[str], rounds: int) -> dict[str, list[tuple[float, float]]]:
    """Milliseconds from the click to the first content and to all of it, of each page in turn. Of each, the first time
    does not count."""
    took: dict[str, list[tuple[float, float]]] = {address: [] for address in addresses}
    for number in range(rounds + 1):
        for address, of in took.items():
            person.goes_to(address)
            if number:
                first, loaded = person.waits_for(lambda: person.chrome.execute_script(_PAINTED))
                of.append((float(first), float(loaded)))
    return took


def told(times: list[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(times)
    return f"{statistics.median(ordered):.0f} / {ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]:.0f}"
