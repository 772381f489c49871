"""A nats-server of its own: ports, crashes, and three of them as a cluster."""

import asyncio
import socket

import nats as client
import pytest
from nats.errors import Error

from spindle.embedded import nats
from spindle.embedded.errors import PortTaken, ServerDied
from spindle.shared.bus.patience import insist


@pytest.fixture
def stranger():
    """A port that another program listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


@pytest.fixture
async def server(tmp_path):
    server = await nats.start(tmp_path)
    yield server
    await server.stop()


async def test_a_killed_server_comes_back_on_its_port_with_what_it_had_confirmed(server):
    connection = await client.connect(server.url)
    stream = connection.jetstream()
    await stream.add_stream(name="S", subjects=["s"])
    for _ in range(20):
        await stream.publish("s", b"")
    before = (server.pid, server.url)

    server.kill()
    assert not server.alive()
    await server.start()

    assert (server.pid != before[0], server.url) == (True, before[1])
    found = await insist(lambda: stream.stream_info("S"), patience=60)  # the same client, reconnected
    assert found.state.messages == 20
    await connection.close()


async def test_a_server_that_runs_is_left_running(server, tmp_path, patient):
    same = await nats.start(tmp_path)

    assert (same.pid, same.url) == (server.pid, server.url)


async def test_a_wrong_password_is_refused(server):
    with pytest.raises(Error, match="Authorization"):
        await client.connect(f"nats://spindle:guess@127.0.0.1:{server.port}", allow_reconnect=False, connect_timeout=20)


async def test_another_port_is_chosen_when_a_stranger_has_the_last_one(tmp_path, stranger):
    (tmp_path / "ports.json").write_text(f'{{"client": {stranger}, "monitor": {stranger}}}')

    server = await nats.start(tmp_path)

    assert stranger not in (server.port, server.monitor_port)
    await server.stop()


async def test_a_wanted_port_that_is_taken_is_one_clear_line(tmp_path, stranger):
    with pytest.raises(PortTaken, match=f"Port {stranger}"):
        await nats.start(tmp_path, port=stranger)


async def test_a_strangers_process_with_the_old_pid_is_not_adopted(tmp_path, strange_process):
    (tmp_path / "nats.pid").write_text(str(strange_process.pid))

    server = await nats.start(tmp_path)
    await server.stop()

    assert strange_process.poll() is None


async def test_a_server_that_cannot_start_shows_its_last_lines_and_its_log(tmp_path):
    (tmp_path / "jetstream").touch()

    with pytest.raises(
        ServerDied, match=r"stopped: .*storage directory is not a directory \(more in .*nats\.log"
    ) as died:
        await nats.start(tmp_path)

    assert "\n" not in str(died.value)


async def test_three_nodes_keep_a_stream_while_its_leader_is_gone(tmp_path):
    nodes = await nats.start_cluster(tmp_path)
    connection = await client.connect([node.url for node in nodes], reconnect_time_wait=0.1, max_reconnect_attempts=-1)
    stream = connection.jetstream(timeout=60)
    made = await stream.add_stream(name="S", subjects=["s"], num_replicas=3)
    leader = next(node for node in nodes if node.cluster.node == made.cluster.leader)

    leader.kill()
    await publish(stream)
    await leader.start()
    await leader.joined()

    assert (await stream.stream_info("S")).state.messages == 1
    await connection.close()
    for node in nodes:
        await node.stop()


async def publish(stream):
    """Until a leader is there to confirm it; the message id makes the repetition harmless."""
    message = {"Nats-Msg-Id": str(asyncio.get_running_loop().time())}
    async with asyncio.timeout(60):
        while True:
            try:
                await stream.publish("s", b"", headers=message, timeout=2)
                return
            except Error:
                await asyncio.sleep(0.1)
