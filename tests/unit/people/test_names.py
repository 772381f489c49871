"""Whatever Spotify calls somebody becomes a name that can be typed here."""

from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from spindle.people.names import default_names, name_trouble


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert list(islice(default_names("Ada Lovelace", "31x"), 3)) == ["Ada Lovelace", "Ada Lovelace 2", "Ada Lovelace 3"]


def test_what_is_no_name_is_tidied_or_the_account_stands_in() -> None:
    assert next(default_names("  Ada\n\tLovelace ", "31x")) == "Ada Lovelace"
    assert next(default_names("--help", "31x")) == "help"
    assert next(default_names(None, "31x")) == "31x"
    assert next(default_names("0195a7c8-7e3a-7000-8000-000000000001", "31x")) == "31x"
    assert next(default_names(" ", "\0")) == "listener"


@given(st.text(max_size=200), st.text(max_size=200))
def test_no_account_is_without_a_name(display_name: str, account: str) -> None:
    for name in islice(default_names(display_name, account), 3):
        assert name_trouble(name) is None
