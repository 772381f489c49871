"""The dashboard, the alert rules and the configuration under `deploy/`, held against what there really is."""

import json
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from queries import asked
from test_documents import anchors

from spindle.cli.running.services import SERVICES
from spindle.shared.bus.topology import STREAMS, durables
from spindle.shared.ids import Kind
from spindle.shared.messages.jobs import Status
from spindle.shared.metrics.declared import everything
from spindle.shared.metrics.kinds import Declared
from spindle.shared.spotify.door import Family

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
DASHBOARD = json.loads((DEPLOY / "grafana" / "spindle.json").read_text(encoding="utf-8"))
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

SUFFIXES = {"counter": ("",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
SAMPLES = {each.name + suffix: each for each in everything() for suffix in SUFFIXES[each.kind]}
OF_PROMETHEUS = {"up": set[str](), "process_cpu_seconds_total": set[str](), "process_resident_memory_bytes": set[str]()}
VALUES = {
    "durable": {name for _, _, name in durables()},
    "family": set(Family),
    "kind": set(Kind),
    "service": set(SERVICES),
    "status": {*Status, "none", "5.."},
    "stream": {str(stream.name) for stream in STREAMS},
}
"""Of labels whose values are not all named where their metric is declared."""


def queries() -> Iterator[tuple[str, str]]:
    for panel in PANELS:
        yield from ((panel["title"], target["expr"].replace("$__rate_interval", "5m")) for target in panel["targets"])
    yield from ((rule["alert"], rule["expr"]) for rule in RULES)


@pytest.mark.parametrize(("where", "query"), [*queries()], ids=lambda it: it if len(it) < 40 else "")
def test_every_query_asks_for_metrics_labels_and_values_that_there_are(where: str, query: str) -> None:
    for name, labels in asked(query).items():
        if name in OF_PROMETHEUS:
            continue
        assert name in SAMPLES, f"{where}: nobody tells of {name}"
        metric = SAMPLES[name]
        there = {*metric.labels, "le"} if name.endswith("_bucket") else {*metric.labels}
        assert set(labels) <= there, f"{where}: {name}"
        for label, values in labels.items():
            assert values <= known(metric, label), f"{where}: {name}{{{label}}}"


def test_a_query_for_what_there_is_not_would_be_noticed() -> None:
    wanted = asked('sum by (user) (rate(spindle_jobs_total{kind="pull"}[5m])) / max(spindle_jobs) > 0.1')

    assert {name: dict(labels) for name, labels in wanted.items()} == {
        "spindle_jobs_total": {"user": set(), "kind": {"pull"}},
        "spindle_jobs": {},
    }
    assert not {"pull"} <= known(SAMPLES["spindle_jobs_total"], "kind")
    with pytest.raises(ValueError, match="unclosed"):
        asked("sum by (le")


def test_every_metric_is_shown_or_watched() -> None:
    used = set(chain.from_iterable(asked(query) for _, query in queries()))

    assert {SAMPLES[name].name for name in used if name in SAMPLES} == {each.name for each in everything()}


@pytest.mark.parametrize("rule", RULES, ids=lambda it: it["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    told = rule["annotations"]
    document, _, anchor = told["runbook"].partition("#")

    assert re.fullmatch(r"Spindle([A-Z][a-z]+)+", rule["alert"])
    assert rule["labels"]["severity"] in ("critical", "warning")
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"\d+[mh]", rule.get("for", "0m"))
    assert told.keys() == {"summary", "description", "runbook"}
    assert told["description"].endswith((".", "?"))
    assert anchor in anchors(ROOT / document)
    labels = set(chain.from_iterable(each for each in asked(rule["expr"]).values())) | {"instance"}
    assert set(re.findall(r"\$labels\.(\w+)", " ".join(told.values()))) <= labels


def test_alerts_have_different_names() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("panel", PANELS, ids=lambda it: it["title"])
def test_a_panel_explains_itself_and_reads_from_the_chosen_source(panel: dict[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith((".", ")."))
    for target in (panel, *panel["targets"]):
        assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
    for target in panel["targets"]:
        labels = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        there = set(chain.from_iterable(asked(target["expr"].replace("$__rate_interval", "5m")).values()))
        assert labels <= there | {"instance"}


def test_panels_lie_beside_each_other() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}

        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    assert [each["name"] for each in DASHBOARD["templating"]["list"]] == ["datasource"]


def test_prometheus_finds_every_service_of_compose_where_the_image_serves_it() -> None:
    read = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
    (found,) = read["scrape_configs"][0]["dns_sd_configs"]
    port = re.search(r"SPINDLE_HEALTH_PORT=(\d+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))

    assert set(found["names"]) == set(SERVICES) <= _compose(ROOT / "docker-compose.yml").keys()
    assert port
    assert found["port"] == int(port[1])
    assert read["rule_files"] == ["alerts.yml"]


def test_what_compose_mounts_for_watching_is_here_and_its_ports_are_this_machines() -> None:
    watchers = _compose(DEPLOY / "compose.watching.yml")

    mounted = [one.partition(":")[0] for each in watchers.values() for one in each["volumes"] if one.startswith("./")]
    assert mounted
    assert all((ROOT / each).exists() for each in mounted)
    assert all(port.startswith("127.0.0.1:") for each in watchers.values() for port in each["ports"])
    assert all(re.fullmatch(r"[\w/]+:v?\d+\.\d+\.\d+", each["image"]) for each in watchers.values())


def known(metric: Declared, label: str) -> set[str]:
    return VALUES.get(label, set()) | set(re.findall(r"`(\w+)`", metric.says))


def _compose(file: Path) -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["services"]
    return services
