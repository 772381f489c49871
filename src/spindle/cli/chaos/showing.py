"""A chaos run's progress, and its result for people and for programs."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from spindle.cli.chaos.result import Result
from spindle.cli.seeing.tables import console, say, table_of
from spindle.people import shapes
from spindle.people.shapes import Json
from spindle.people.wording import count

_EVERY = 50
"""Faults between two lines where there is no terminal."""

Tell = Callable[[str], None]
Struck = Callable[[int, str], None]


@contextmanager
def progress(faults: int, quiet: bool) -> Iterator[tuple[Tell, Struck]]:
    """On a terminal a bar, elsewhere a line now and then, for programs nothing."""
    if not sys.stderr.isatty():
        yield (_nothing, _nothing_struck) if quiet else (_line, lambda number, _: _counted(number, faults))
        return
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console(sys.stderr), transient=True) as bar:
        task = bar.add_task("Starting …", total=faults)
        yield (
            lambda text: bar.update(task, description=text),
            lambda number, kind: bar.update(task, completed=number, description=kind),
        )


def show(result: Result) -> None:
    faults = table_of("fault", "times>")
    for kind, times in sorted(result.by_kind.items()):
        faults.add_row(kind, f"{times:,}")
    console().print(faults)
    jobs = ", ".join(f"{number:,} {kind}" for kind, number in sorted(result.jobs.items()))
    say(f"Jobs: {jobs}. Imports: {result.imports:,}. Dead letters put in again: {result.letters:,}.")
    answers = ", ".join(f"{number:,} {what}" for what, number in sorted(result.answers.items()))
    say(f"Controls: {answers}.")
    for trouble in result.verdict.wrong:
        say(f"WRONG  {trouble}")
    if result.died:
        say(f"WRONG  processes ended by themselves: {result.died}")
    calls = result.calls
    if not calls.few:
        say("WRONG  more calls were made again than steps were in flight")
    say(
        f"{count(result.by_kind.total(), 'fault')} in {result.seconds:.0f} s, seed {result.wish.seed}, "
        f"{count(result.wish.listeners, 'listener')}, {count(result.wish.replicas, 'NATS node')}"
    )
    say(f"{result.verdict.due:,} plays checked: {result.verdict.lost} lost, {result.verdict.doubled} doubled")
    say(f"{result.verdict.stuck} jobs stuck; {len(result.verdict.wrong)} other things wrong")
    say(f"{calls.repeated:,} of {calls.answered:,} calls made again, {calls.allowed:,} steps were in flight at a fault")


def shape(result: Result) -> dict[str, Json]:
    return {
        "seed": result.wish.seed,
        "replicas": result.wish.replicas,
        "listeners": result.wish.listeners,
        "seconds": round(result.seconds, 1),
        "faults": result.by_kind.total(),
        "by_kind": dict(sorted(result.by_kind.items())),
        "plays": result.verdict.due,
        "lost": result.verdict.lost,
        "doubled": result.verdict.doubled,
        "stuck": result.verdict.stuck,
        "wrong": result.verdict.wrong,
        "died": result.died,
        "jobs": dict(sorted(result.jobs.items())),
        "imports": result.imports,
        "controls": dict(sorted(result.answers.items())),
        "letters": result.letters,
        "calls": result.calls.answered,
        "calls_repeated": result.calls.repeated,
        "calls_allowed": result.calls.allowed,
        "good": result.good,
    }


def show_json(result: Result) -> None:
    sys.stdout.write(shapes.text(shape(result)) + "\n")


def _line(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def _counted(number: int, faults: int) -> None:
    if number % _EVERY == 0:
        _line(f"{number:,} of {faults:,} faults …")


def _nothing(_: str) -> None:
    pass


def _nothing_struck(_: int, __: str) -> None:
    pass
