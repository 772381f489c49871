"""One Chromium for each process that runs tests here, and a new person at it for each test."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import TypeVar

import pytest
from chromium import DESKTOP, PHONE, Person, missing, opened
from living import Spindle, Spotify, running, simulated
from selenium.webdriver import Chrome

HERE = Path(__file__).parent

T = TypeVar("T")

_stack, _kept = ExitStack(), dict[type, object]()


def _once(kind: type[T], make: Callable[[], AbstractContextManager[T]]) -> T:
    if kind not in _kept:
        _kept[kind] = _stack.enter_context(make())
    found = _kept[kind]
    assert isinstance(found, kind)
    return found


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """A browser and a Spindle that nobody needs any more would slow down the tests that follow."""
    if nextitem is None or HERE not in nextitem.path.parents:
        _kept.clear()
        _stack.close()


@pytest.fixture
def chrome() -> Chrome:
    """Where nobody may install one the tests are skipped, unless NEED_BROWSER is set, as .ci/run does."""
    if why := missing():
        assert not os.environ.get("NEED_BROWSER"), why
        pytest.skip(why)
    return _once(Chrome, opened)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def person(request: pytest.FixtureRequest, chrome: Chrome) -> Iterator[Person]:
    """Nothing that the console complains of goes unnoticed."""
    person = Person(chrome)
    person.sits_at(request.param)
    yield person
    complaints = person.complaints()
    person.leaves()
    assert not complaints, complaints


@pytest.fixture
def spotify() -> Spotify:
    return _once(Spotify, simulated)


@pytest.fixture
def spindle(spotify: Spotify) -> Spindle:
    """One for all tests: each brings listeners of its own."""
    return _once(Spindle, lambda: running(spotify))


@pytest.fixture
def guest(person: Person, spindle: Spindle) -> Person:
    """Somebody who has signed in."""
    person.goes_to(spindle.address)
    person.fills_in("Access token", spindle.token)
    person.presses("Sign in")
    person.sees("Now")
    return person
