"""Jobs, newest first."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from spindle.recorder.store import schema
from spindle.shared.messages.ask import AskJobs, JobRow, Jobs

_AFTER_ANY = "~"  # sorts after everything that a job id can hold


async def jobs(connection: AsyncConnection, question: AskJobs) -> Jobs:
    table = schema.jobs
    found = select(table, schema.users.c.name).join(schema.users, schema.users.c.user_id == table.c.user_id)
    if question.user is not None:
        found = found.where(table.c.user_id == question.user)
    if question.status is not None:
        found = found.where(table.c.status == question.status)
    if question.kind is not None:
        found = found.where(table.c.kind == question.kind)
    if question.ending is not None:
        backwards = func.reverse(table.c.job)
        found = found.where(backwards >= question.ending[::-1], backwards < question.ending[::-1] + _AFTER_ANY)
    newest = found.order_by(table.c.started_at.desc(), table.c.job.desc()).limit(question.limit)
    rows = await connection.execute(newest)
    return Jobs(jobs=tuple(JobRow.model_validate({**row._asdict(), "user": row.user_id}) for row in rows))
