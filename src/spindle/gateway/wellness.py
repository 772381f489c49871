"""`/healthz`: whether this gateway answers; open to everybody, and says nothing else."""

from fastapi import APIRouter

wellness = APIRouter()


@wellness.get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    return {"service": "gateway"}
