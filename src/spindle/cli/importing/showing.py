"""While it goes on, on standard error: a bar on a terminal, elsewhere a line now and then, for programs nothing."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Protocol

from rich.progress import BarColumn, DownloadColumn, SpinnerColumn, TextColumn, TransferSpeedColumn
from rich.progress import Progress as Bar

from spindle.cli.importing.pace import Pace, speed
from spindle.cli.seeing.tables import console
from spindle.people.lines import rows
from spindle.shared.messages.jobs import Progress

_EVERY = 3.0  # seconds between two lines

Told = Callable[[Progress], None]


class Display(Protocol):
    def say(self, text: str, /) -> None: ...

    def sending(self, total: int, /) -> AbstractContextManager[Callable[[int], None]]:
        """To be told the bytes of every piece that has arrived, of so many in all."""

    def going(self, words: str, /) -> AbstractContextManager[Told]:
        """To be told how far a job has come; `words` say what is waited for before that is known."""


def display(as_json: bool) -> Display:
    if sys.stderr.isatty():
        return _Bars()
    return _Silence() if as_json else _Lines()


class _Silence:
    def say(self, _: str, /) -> None:
        pass

    @contextmanager
    def sending(self, _: int, /) -> Iterator[Callable[[int], None]]:
        yield lambda _: None

    @contextmanager
    def going(self, _: str, /) -> Iterator[Told]:
        yield lambda _: None


class _Lines(_Silence):
    def say(self, text: str, /) -> None:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()

    @contextmanager
    def going(self, _: str, /) -> Iterator[Told]:
        pace, shown, doing = Pace(), -_EVERY, ""

        def tell(progress: Progress) -> None:
            nonlocal shown, doing
            at = monotonic()
            rate = pace.rate(progress, at)
            if progress.done and (progress.doing != doing or at - shown >= _EVERY):
                shown, doing = at, progress.doing
                self.say(", ".join(filter(None, (rows(progress), speed(rate)))))

        yield tell


class _Bars(_Lines):
    @contextmanager
    def sending(self, total: int, /) -> Iterator[Callable[[int], None]]:
        columns = (TextColumn("uploading"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Bar(*columns, console=console(sys.stderr), transient=True) as bar:
            task = bar.add_task("", total=total)
            yield lambda size: bar.advance(task, size)

    @contextmanager
    def going(self, words: str, /) -> Iterator[Told]:
        text = TextColumn("{task.description}", markup=False)
        columns = (SpinnerColumn(), text, BarColumn(), TextColumn("{task.fields[rows]}  {task.fields[speed]}"))
        with Bar(*columns, console=console(sys.stderr), transient=True) as bar:
            task, pace = bar.add_task(words, total=None, rows="", speed=""), Pace()

            def tell(progress: Progress) -> None:
                bar.update(
                    task,
                    description=progress.doing,
                    total=progress.total,
                    completed=progress.done,
                    rows=f"{progress.done:,} of {progress.total:,} rows",
                    speed=speed(pace.rate(progress, monotonic())),
                )

            yield tell
