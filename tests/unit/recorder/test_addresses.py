"""Addresses of databases, as people write them."""

import pytest

from spindle.recorder.errors import DatabaseRefused
from spindle.recorder.store.engine import engine


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
@pytest.mark.parametrize("query", ["", "?ssl=disable", "?sslmode=disable", "?sslmode=require&connect_timeout=3"])
def test_an_address_of_postgresql_is_taken(scheme: str, query: str) -> None:
    address = engine(f"{scheme}://me:secret@host/music{query}").url

    assert (address.drivername, address.host, address.database) == ("postgresql+asyncpg", "host", "music")
    assert set(address.query) <= {"ssl"}


@pytest.mark.parametrize(
    "address", ["", "nonsense", "mysql://me:secret@host/x", "postgresql+psycopg://host/x", "http://h"]
)
def test_another_address_is_refused_in_one_line_without_its_password(address: str) -> None:
    with pytest.raises(DatabaseRefused) as error:
        engine(address)

    assert "SPINDLE_DATABASE_URL" in str(error.value)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)
