"""The documents: what they link to exists, the sources they name exist, and the commands they show are ours."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.exceptions import TyperException

from spindle.cli.commands import app

ROOT = Path(__file__).parents[3]
DOCUMENTS = (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").rglob("*.md"))
PLACES = (ROOT, ROOT / "src" / "spindle", ROOT / "docs")
"""A path in a document begins in one of these."""

LAUNCHERS_OWN = ("test", "check")
AT_ONCE = ("--install-completion", "--show-completion")
"""Typer's own, which act before anything could be asked."""
_COMMAND = re.compile(
    r"(?:^(?:\$ )?(?:\w+=\S* )*(?:\./)?|[;&|(] (?:\./)?|exec (?:-\S+ )*\w+ |run (?:-\S+ )*|\S*/bin/)spindle +(\S.*)"
)
"""At the beginning of a line or after another command; in a container; elsewhere it must be a path."""
_PATH = re.compile(r"[\w.-]+(?:/[\w.-]+)+\.(?:conf|json|md|py|svg|toml|txt|yml)|(?:src|tests|docs|bench)/[\w./-]+")

every_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda document: document.relative_to(ROOT).as_posix()
)


@every_document
def test_local_links_lead_somewhere(document: Path) -> None:
    for _, target in links(document):
        name, _, anchor = target.partition("#")
        file = (document.parent / name).resolve() if name else document

        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@every_document
def test_a_link_to_a_name_in_a_source_finds_it_there(document: Path) -> None:
    for text, target in links(document):
        if target.endswith(".py") and re.fullmatch(r"`[\w.]+`", text):
            name = text.strip("`").rpartition(".")[2]
            source = (document.parent / target).read_text(encoding="utf-8")

            assert name == "py" or re.search(rf"\b(?:def|class) {name}\b|^\s*{name}\b.*=", source, re.MULTILINE), text


@every_document
def test_named_sources_exist(document: Path) -> None:
    for spoken in re.findall(r"`([^`\n]+)`", prose(document)):
        if _PATH.fullmatch(spoken):
            assert any((place / spoken).exists() for place in PLACES), spoken


@every_document
def test_commands_are_understood(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPINDLE_HEALTH_PORT", "8799")
    for line in shown(document):
        assert trouble(line) is None, line
    for line in mentioned(document):
        assert trouble(line, mention=True) is None, line


def test_a_command_that_is_none_of_ours_is_noticed() -> None:
    assert trouble("plays NAME --since 7d --csv") is None
    assert trouble("plays", mention=True) is None
    for wrong in ("dance", "plays", "plays NAME --loudly", "users add NAME", "users dance", "jobs --limit many"):
        assert trouble(wrong), wrong


def trouble(line: str, mention: bool = False) -> str | None:
    """Why this would be refused before anything is asked; a mention may leave out what has to be named."""
    command: Any = typer.main.get_command(app)
    words = shlex.split(line)
    if words[:1] and words[0] in AT_ONCE:
        return None
    while words and not words[0].startswith("-") and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return f"no command {words[0]}"
        command = command.commands[words.pop(0)]
    try:
        command.make_context(command.name, words)
    except typer.Exit:  # --help, --version
        return None
    except TyperException as error:
        return None if mention and type(error).__name__ == "MissingParameter" else str(error) or repr(error)
    return None


def shown(document: Path) -> Iterator[str]:
    """What follows `spindle` in blocks of code."""
    text = document.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|console|)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    typed = [line for block in blocks for line in block.splitlines() if line.startswith("$ ")]
    for line in [*typed, *re.findall(r"^ {4,}(.*spindle .*)$", text, re.MULTILINE)]:
        yield from asked(line)


def mentioned(document: Path) -> Iterator[str]:
    for said in re.findall(r"`([^`\n]+)`", prose(document)):
        if said.startswith(("spindle ", "./spindle ")):
            yield from asked(said)


def asked(line: str) -> Iterator[str]:
    """Without the comment, and without where its output goes."""
    if found := _COMMAND.search(re.split(r"\s#", line)[0]):
        words = re.split(r"\s(?:[|<>&;]|2>)", found[1])[0].strip()
        if not words.startswith(LAUNCHERS_OWN) and not words.split()[0].isupper():
            yield words


def test_every_document_is_in_the_index_and_every_decision_by_its_title() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target.partition("#")[0]).resolve(): text for text, target in links(index)}

    assert {document.resolve() for document in DOCUMENTS} - {index, ROOT / "README.md"} <= set(linked)
    for decision in (ROOT / "docs" / "decisions").glob("*.md"):
        title = decision.read_text(encoding="utf-8").splitlines()[0].partition(". ")[2]
        assert linked[decision.resolve()] == title


def links(document: Path) -> list[tuple[str, str]]:
    """Text and target of those that lead to files of ours."""
    found = re.findall(r"\[([^\]]*)\]\(([^)\s]+)\)", prose(document))
    found += [("", target) for target in re.findall(r'(?:src|href)="([^"]+)"', prose(document))]
    return [(text, target) for text, target in found if not re.match(r"[a-z]+:", target)]


def prose(document: Path) -> str:
    return re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def anchors(document: Path) -> set[str]:
    """As code hosts make them from headings."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
