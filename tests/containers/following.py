"""Somebody at the host who follows the events over HTTP, and comes back to where they were."""

import http.client
import time
from threading import Event, Thread
from urllib.error import URLError
from urllib.request import Request, urlopen

PAGE = "http://127.0.0.1:28765"
_QUIET = 30  # seconds, twice as long as a stream is silent at most


class Follower(Thread):
    def __init__(self, token: str) -> None:
        super().__init__(daemon=True)
        self._token = token
        self._over = Event()
        self._place: str | None = None
        self.numbers: list[int] = []
        self.names: set[str] = set()
        self.cut_off = 0

    def run(self) -> None:
        while not self._over.is_set():
            try:
                self._follow()
            except (OSError, URLError, http.client.HTTPException):
                time.sleep(0.3)
            self.cut_off += 1

    def end(self) -> None:
        """It hears of it with the next thing that it hears."""
        self._over.set()
        self.join(_QUIET)

    def _follow(self) -> None:
        headers = {"Authorization": f"Bearer {self._token}"}
        if self._place is not None:
            headers["Last-Event-ID"] = self._place
        with urlopen(Request(f"{PAGE}/api/events", headers=headers), timeout=_QUIET) as stream:
            name = ""
            for line in stream:
                what, _, said = line.decode().rstrip("\n").partition(": ")
                if what == "id":
                    self._place = said
                elif what == "event":
                    name = said
                elif what == "data":
                    self.numbers.append(int(self._place or 0))
                    self.names.add(name)
                if self._over.is_set():
                    return
