"""The embedded servers: started, found again after a crash, stopped without a trace."""

import os
import shutil
import signal
import time
from pathlib import Path

import psycopg
import pytest
import redis

from app.adapters.servers import ServerFailed, ServerMissing, postgres_bin, start_postgres, start_valkey
from app.adapters.servers.process import socket_folder


def test_postgres_serves_both_roles_and_keeps_committed_rows_after_a_kill(tmp_path: Path) -> None:
    first = start_postgres(tmp_path / "pg")
    with first.connect() as admin:
        assert admin.execute("show data_directory").fetchone() == (str(tmp_path / "pg" / "cluster"),)
    with first.connect("placewell_owner", "placewell") as owner:
        owner.execute("create extension citext")
        owner.execute("create table kept (n int); insert into kept values (7)")
        owner.execute("grant select on kept to placewell_app")
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()

    second = start_postgres(tmp_path / "pg")
    try:
        with second.connect("placewell_app", "placewell") as app:
            assert app.execute("select n from kept").fetchall() == [(7,)]
            assert app.execute("select usesuper from pg_user where usename = current_user").fetchone() == (False,)
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute("create table public.mine (n int)")
        with pytest.raises(ServerFailed, match="already runs"):
            start_postgres(tmp_path / "pg")
    finally:
        second.stop()
    assert second.process.returncode == 0


def test_postgres_runs_as_nobody_where_root_may_not_use_namespaces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root changes users")
    from_servers = start_postgres.__globals__
    from_servers["_identity"].cache_clear()
    monkeypatch.setenv("PLACEWELL_PG_AS_NOBODY", "1")
    monkeypatch.setitem(from_servers, "NOBODY_HOME", Path(f"/var/tmp/placewell-test-{os.getpid()}"))
    try:
        server = start_postgres(tmp_path / "pg", durable=False)
        try:
            assert Path("/proc", str(server.process.pid)).stat().st_uid == 65534
            with server.connect("placewell_app", "placewell") as app:
                assert app.execute("select 1").fetchone() == (1,)
        finally:
            server.stop()
    finally:
        from_servers["_identity"].cache_clear()
        for path in sorted(from_servers["NOBODY_HOME"].rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        from_servers["NOBODY_HOME"].rmdir()


def test_a_wrong_setting_for_the_programs_is_said_and_not_papered_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACEWELL_PG_BIN", str(tmp_path))
    with pytest.raises(ServerMissing, match="PLACEWELL_PG_BIN"):
        postgres_bin()


def test_valkey_keeps_what_was_pushed_after_a_kill(tmp_path: Path) -> None:
    first = start_valkey(tmp_path / "valkey", settings=("--appendfsync", "always"))
    client = redis.Redis.from_url(first.client_url)
    assert client.config_get("dir") == {"dir": str(tmp_path / "valkey")}
    assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    client.rpush("owed", "one")
    os.kill(first.process.pid, signal.SIGKILL)
    first.process.wait()

    second = start_valkey(tmp_path / "valkey")
    assert redis.Redis.from_url(second.client_url).lrange("owed", 0, -1) == [b"one"]
    second.stop()
    assert second.process.returncode == 0
    assert not second.socket.exists()


def test_servers_end_with_the_process_that_started_them(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            pids = f"{start_postgres(tmp_path / 'pg', durable=False).process.pid} "
            pids += str(start_valkey(tmp_path / "valkey").process.pid)
            os.write(writing, pids.encode())
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.close(writing)
    pids = [int(pid) for pid in os.read(reading, 100).split()]
    os.waitpid(child, 0)
    assert len(pids) == 2
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in pids if _runs(pid)] == []
    for data in (tmp_path / "pg", tmp_path / "valkey"):
        shutil.rmtree(socket_folder(data))


def _runs(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
