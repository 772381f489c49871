"""Tokens say what they grant, and nobody can change that."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spindle.simulator.logic.tokens import Access, Grant, Signer, challenge, ends_at

_GRANT = Grant("ines", "client", "user-read-recently-played", 1, 2)


def test_a_token_outlives_the_simulator_that_made_it() -> None:
    token = Signer(7).refresh_token(_GRANT)

    assert Signer(7).grant(token) == _GRANT
    assert Signer(8).grant(token) is None


def test_an_access_token_is_no_refresh_token() -> None:
    signer = Signer(7)

    assert signer.grant(signer.access_token(Access("ines", "", 1, 2))) is None
    assert signer.access(signer.refresh_token(_GRANT)) is None


@given(st.text(max_size=60))
def test_any_other_text_is_no_token(text: str) -> None:
    assert Signer(7).grant(text) is None
    assert Signer(7).access("BQ" + text) is None


@pytest.mark.parametrize(
    ("consent", "end"),
    [((2026, 11, 21), (2027, 5, 21)), ((2026, 8, 31), (2027, 2, 28)), ((2026, 6, 30), (2026, 12, 30))],
)
def test_an_authorization_ends_after_six_months(consent: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    assert ends_at(datetime(*consent, tzinfo=UTC)) == datetime(*end, tzinfo=UTC)


def test_the_challenge_is_the_one_of_the_standard() -> None:
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
