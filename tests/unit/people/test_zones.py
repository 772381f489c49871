"""Time zones, however somebody writes them."""

import pytest

from spindle.people import zones


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (" europe/berlin ", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("utc", "UTC"),
        ("US/Eastern", "US/Eastern"),
        ("Atlantis", None),
        ("localtime", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_city(text: str, name: str | None) -> None:
    assert zones.named(text) == name


@pytest.mark.parametrize(
    ("said", "name"),
    [(":Asia/Kathmandu", "Asia/Kathmandu"), ("UTC", None), ("Etc/UTC", None), ("CET-1CEST", None)],
)
def test_a_machine_says_where_it_is_unless_it_is_set_to_utc(
    said: str, name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", said)

    assert zones.here() == name
