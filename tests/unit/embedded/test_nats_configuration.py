"""What nats-server is told."""

from shutil import rmtree
from threading import Event, Thread

from spindle.embedded import disk
from spindle.embedded.nats_configuration import Cluster, configuration, storage_limit
from spindle.shared.bus.topology import STREAMS


def test_everything_listens_on_this_machine_only(tmp_path):
    cluster = Cluster("n1", 6222, (6222, 6223))

    told = configuration(tmp_path, 4222, 8222, "secret", cluster)

    listening = [line.strip() for line in told.splitlines() if line.strip().startswith(("listen", "http"))]
    assert listening == ["listen: 127.0.0.1:4222", "http: 127.0.0.1:8222", "listen: 127.0.0.1:6222"]


def test_what_is_confirmed_is_on_the_disk(tmp_path):
    assert "sync_interval: always" in configuration(tmp_path, 4222, 8222, "secret", None)


def test_a_path_may_contain_anything(tmp_path):
    odd = tmp_path / 'a "home" with ünusual \\ signs'
    odd.mkdir()

    assert r"a \"home\" with ünusual \\ signs" in configuration(odd, 4222, 8222, "secret", None)


def test_the_limit_does_not_shrink_as_the_store_fills(tmp_path):
    before = storage_limit(tmp_path)
    (tmp_path / "jetstream").mkdir()

    with (tmp_path / "jetstream" / "block").open("wb") as block:
        block.truncate(2**34)  # takes nothing from what is free, as a full one would

    assert abs(storage_limit(tmp_path) - before - 2**33) < 2**30  # other programs write to this disk too


def test_a_server_that_runs_may_remove_what_is_being_counted(tmp_path):
    store, over = tmp_path / "jetstream", Event()

    def come_and_go():
        while not over.is_set():
            for number in range(30):
                folder = store / "stream" / str(number)
                folder.mkdir(parents=True)
                (folder / "block").write_bytes(b"x")
            rmtree(store / "stream")

    server = Thread(target=come_and_go)
    server.start()
    limits = [storage_limit(tmp_path) for _ in range(300)]
    over.set()
    server.join()

    assert min(limits) >= disk.JETSTREAM


def test_there_is_always_room_for_all_that_the_streams_may_hold():
    assert sum(stream.max_bytes or 0 for stream in STREAMS) < disk.JETSTREAM


def test_a_limit_that_is_about_right_stays(tmp_path):
    limit = storage_limit(tmp_path)
    near, far = int(limit * 0.9), limit * 3

    for before, expected in ((near, near), (far, limit)):
        (tmp_path / "nats.conf").write_text(f"jetstream {{ max_file: {before} }}\n")
        assert abs(storage_limit(tmp_path) - expected) < 2**30
