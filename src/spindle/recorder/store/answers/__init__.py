"""What is asked of the database: one module for each question. They read, and nothing else."""

from spindle.recorder.store.answers.belongings import belongings
from spindle.recorder.store.answers.gaps import gaps
from spindle.recorder.store.answers.imports import imports, rejects
from spindle.recorder.store.answers.jobs import jobs
from spindle.recorder.store.answers.listening import listening
from spindle.recorder.store.answers.plays import plays
from spindle.recorder.store.answers.repeats import repeats
from spindle.recorder.store.answers.steps import steps
from spindle.recorder.store.answers.tops import tops
from spindle.recorder.store.answers.users import users
from spindle.recorder.store.answers.windows import windows

__all__ = [
    "belongings",
    "gaps",
    "imports",
    "jobs",
    "listening",
    "plays",
    "rejects",
    "repeats",
    "steps",
    "tops",
    "users",
    "windows",
]
