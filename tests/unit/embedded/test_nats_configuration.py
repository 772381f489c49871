"""What nats-server is told."""

from spindle.embedded.nats_configuration import Cluster, configuration, storage_limit


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

    (tmp_path / "jetstream" / "block").write_bytes(b"x" * 2**26)

    assert abs(storage_limit(tmp_path) - before) < 2**25 + 2**24  # other programs write to this disk too
