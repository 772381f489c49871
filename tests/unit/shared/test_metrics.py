"""Metrics are named by the rules of their field, hold no ids, and are all in the table that is checked in."""

import re
from pathlib import Path

import pytest

from spindle.shared.catalogue.parties import RENEW
from spindle.shared.metrics import page
from spindle.shared.metrics.declared import everything
from spindle.shared.metrics.kinds import Declared

ROOT = Path(__file__).parents[3]

every_metric = pytest.mark.parametrize("metric", everything(), ids=lambda it: it.name)


def test_what_is_checked_in_is_current() -> None:
    file = ROOT / "docs" / page.FILE
    current = file.exists() and file.read_text(encoding="utf-8") == page.markdown()
    assert current, f"docs/{page.FILE} is not what the code says; renew it with: {RENEW}"


@every_metric
def test_a_name_says_what_is_counted_and_in_what(metric: Declared) -> None:
    assert re.fullmatch(r"spindle(_[a-z]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.kind != "histogram" or metric.name.endswith(("_seconds", "_facts"))
    assert metric.says.endswith(".")


@every_metric
def test_no_label_names_somebody_or_grows_with_what_is_done(metric: Declared) -> None:
    assert not {"user", "listener", "name", "job", "id", "subject", "track", "path"} & set(metric.labels)
