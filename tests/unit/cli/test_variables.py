"""The table of settings is what the code reads, all of it, and what is checked in is the table."""

import re
from pathlib import Path

import pytest

from spindle.cli import variables
from spindle.cli.running import services
from spindle.shared.catalogue.parties import RENEW

ROOT = Path(__file__).parents[3]
KNOWN = {each.name for each in variables.variables()}


def test_what_is_checked_in_is_current() -> None:
    file = ROOT / "docs" / variables.FILE
    current = file.exists() and file.read_text(encoding="utf-8") == variables.markdown()
    assert current, f"docs/{variables.FILE} is not what the code says; renew it with: {RENEW}"


@pytest.mark.parametrize("variable", variables.variables(), ids=lambda it: it.name)
def test_every_variable_says_what_it_means_and_who_reads_it(variable: variables.Variable) -> None:
    assert variable.meaning.endswith(".")
    assert variable.readers


def test_every_variable_that_the_code_names_is_in_the_table() -> None:
    sources = [ROOT / "spindle", *(ROOT / "src").rglob("*.py")]
    named = {
        name for file in sources for name in re.findall(r"\bSPINDLE_[A-Z_]*[A-Z]", file.read_text(encoding="utf-8"))
    }

    assert named <= KNOWN, "describe it in a settings class, or in spindle.cli.variables"


def test_a_variable_that_several_services_read_means_the_same_to_all() -> None:
    told: dict[str, set[tuple[str | None, str]]] = {}
    for service in services.SERVICES:
        for field, found in type(services.settings(service, {})).model_fields.items():
            told.setdefault(field, set()).add((found.description, repr(found.default)))

    assert {field: said for field, said in told.items() if len(said) > 1} == {}
