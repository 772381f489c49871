"""Two databases on one server."""

import asyncpg
import pytest


@pytest.fixture
async def databases(postgres_url: str) -> tuple[str, str]:
    address = postgres_url.replace("+asyncpg", "").split("?")[0].rsplit("/", 1)[0]
    connection = await asyncpg.connect(f"{address}/postgres", ssl=False)
    for name in ("quiet", "loud"):
        await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()
    return f"{address}/quiet?ssl=disable", f"{address}/loud?ssl=disable"
