"""`spindle chaos`: a run in a folder of its own, which stays when something was wrong."""

import shutil
import tempfile
from pathlib import Path

from spindle.cli.chaos import showing
from spindle.cli.chaos.result import Wish
from spindle.cli.chaos.running import run
from spindle.cli.running.telling import say
from spindle.people.errors import Problem


async def chaos(wish: Wish, keep: Path | None, as_json: bool) -> int:
    """The exit code: 0 when nothing was lost, doubled or stuck, and nothing is wrong otherwise."""
    home = _place(keep)
    good = False
    try:
        with showing.progress(wish.faults, quiet=as_json) as (tell, struck):
            result = await run(home, wish, tell, struck)
        good = result.good
        (showing.show_json if as_json else showing.show)(result)
    finally:
        if good and keep is None:
            shutil.rmtree(home, ignore_errors=True)
        elif not good:
            say(f"What there was is in {home}: the logs, the database, the bus.")
    return 0 if good else 1


def _place(keep: Path | None) -> Path:
    if keep is None:
        return Path(tempfile.mkdtemp(prefix="spindle-chaos-"))
    if keep.exists() and not (keep.is_dir() and not any(keep.iterdir())):
        raise Problem(f"{keep} is not an empty folder: name one that is, or that is not there yet")
    return keep
