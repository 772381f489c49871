"""The same as the tests, steered by what the bytes reach in our code. Run by hand, for as long as you like:

python tests/fuzz/drive.py answers -atheris_runs=100000
python tests/fuzz/drive.py commands -atheris_runs=100000
python tests/fuzz/drive.py messages -atheris_runs=100000
"""

import asyncio
import functools
import random
import sys
from pathlib import Path

import atheris  # type: ignore[import-not-found]
import pydantic
import typer

sys.path += [str(Path(__file__).parents[1] / "unit" / "spotify")]

with atheris.instrument_imports(include=["spindle"]):
    from answers import Server, answer
    from commands import survives, typed
    from misses import near_miss, said_well

    from spindle.recorder.facts import decoded
    from spindle.shared.bus.delivery import reason


LOOP, SERVER = asyncio.new_event_loop(), Server()


class Dice(random.Random):
    """Falls as the bytes say, and in the middle or as zeros when there are none left."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = atheris.FuzzedDataProvider(data)

    def getrandbits(self, count: int) -> int:
        return int(self._data.ConsumeUInt(-(-count // 8))) & (1 << count) - 1

    def random(self) -> float:
        return float(self._data.ConsumeProbability()) * 0.999_999 if self._data.remaining_bytes() else 0.5


def answers(data: bytes) -> None:
    LOOP.run_until_complete(SERVER.ask(*answer(Dice(data))))


def commands(data: bytes) -> None:
    survives(*typed(Dice(data)))


def messages(data: bytes) -> None:
    body = near_miss(Dice(data))
    try:
        decoded(body).model_dump_json()
    except pydantic.ValidationError as error:
        assert said_well(reason(error, body), body)  # noqa: PT017


if __name__ == "__main__":
    typer.main.get_command = functools.cache(typer.main.get_command)  # which is most of what a command takes
    target = {"answers": answers, "commands": commands, "messages": messages}[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
