"""One copy of everything becomes three, where there are nodes for them, and nothing is lost on the way."""

from functools import partial
from pathlib import Path

import pytest
from nats.js.errors import APIError

from spindle.cli.running.preparing import provision, topology
from spindle.embedded import nats
from spindle.shared.bus.connection import connect
from spindle.shared.bus.drift import behind, drift
from spindle.shared.bus.patience import insist
from spindle.shared.bus.topology import AS_THEY_ARE, COPIES, copies, ensure_topology
from spindle.shared.bus.uploads import STORE

FACTS = 20

patiently = partial(insist, patience=60)


async def test_three_addresses_make_three_copies_of_what_had_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    servers = await nats.start_cluster(tmp_path)
    addresses = ",".join(server.url for server in servers)
    monkeypatch.setenv("SPINDLE_NATS_URL", addresses)
    bus = await connect(addresses, "test")
    js = bus.jetstream(timeout=20)
    try:
        await ensure_topology(js, 1)
        for number in range(FACTS):
            await js.publish(f"facts.plays.{number}", b"a fact")
        await (await js.key_value("tokens")).put("somebody", b"sealed")
        await (await js.object_store(STORE)).put("piece", b"of an upload")
        pull = await js.pull_subscribe_bind("recorder-facts", "facts")
        for message in await pull.fetch(FACTS // 2, timeout=20):
            await message.ack_sync(timeout=20)

        await provision(tmp_path, replicas=None, events=AS_THEY_ARE, with_tables=False)

        assert await drift(js, COPIES) == []
        assert not await behind(js)
        leader = (await js.stream_info("facts")).cluster
        assert leader
        next(server for server in servers if server.directory.name == leader.leader).kill()
        assert (await patiently(lambda: js.consumer_info("facts", "recorder-facts"))).num_pending == FACTS // 2
        assert (await patiently(lambda: js.stream_info("facts"))).state.messages == FACTS // 2
        assert (await patiently(lambda: js.get_msg("KV_tokens", subject="$KV.tokens.somebody"))).data == b"sealed"
        uploads = await patiently(lambda: js.object_store(STORE))
        assert (await patiently(lambda: uploads.get("piece"))).data == b"of an upload"
    finally:
        await bus.close()
        for server in servers:
            server.kill()


async def test_where_there_is_one_node_nothing_changes(tmp_path: Path) -> None:
    server = await nats.start(tmp_path)
    bus = await connect(server.url, "test")
    try:
        await topology(bus)
        with pytest.raises(APIError):
            await topology(bus, replicas=3)

        assert await copies(bus) == 1
        assert await drift(bus.jetstream(), await copies(bus)) == []
    finally:
        await bus.close()
        server.kill()
