"""What is asked of the database: one module for each question. They read, and nothing else."""

from spindle.recorder.store.answers.gaps import gaps
from spindle.recorder.store.answers.imports import imports, rejects
from spindle.recorder.store.answers.jobs import jobs
from spindle.recorder.store.answers.plays import plays
from spindle.recorder.store.answers.users import users

__all__ = ["gaps", "imports", "jobs", "plays", "rejects", "users"]
