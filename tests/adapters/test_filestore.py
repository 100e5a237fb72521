import hashlib
import os
import subprocess
import sys

import pytest

from app.adapters.filestore import FileStore, StorageError, StorageFull, StoredFileMissing

PUT_WITH_A_QUOTA = """
import resource, signal, sys
from app.adapters.filestore import FileStore, StorageFull
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
store = FileStore(sys.argv[1])
try:
    store.put_verified("aa/big", b"x" * 400_000)
except StorageFull:
    print("full", list(store.keys()))
"""


@pytest.fixture
def store(tmp_path):
    return FileStore((tmp_path / "files").as_uri())


def test_put_and_get_give_the_same_bytes(store):
    store.put("ab/one", b"hello")
    assert store.get("ab/one") == b"hello"
    assert store.size("ab/one") == 5
    assert store.exists("ab/one") is True
    assert list(store.keys()) == ["ab/one"]


def test_files_are_private_to_their_owner(store):
    store.put("ab/one", b"hello")
    assert oct(store.root.stat().st_mode & 0o777) == "0o700"
    assert oct((store.root / "ab/one").stat().st_mode & 0o777) == "0o600"


def test_plain_path_is_a_store_too(tmp_path):
    store = FileStore(str(tmp_path / "a folder"))
    store.put("k", b"1")
    assert (tmp_path / "a folder" / "k").read_bytes() == b"1"


def test_put_takes_a_path_and_an_open_file(store, tmp_path):
    source = tmp_path / "source"
    source.write_bytes(b"from disk" * 100_000)
    store.put("path", source)
    with source.open("rb") as file:
        store.put("file", file)
    assert store.get("path") == source.read_bytes()
    assert store.get("file") == source.read_bytes()


def test_put_verified_tells_size_and_digest(store, tmp_path):
    data = os.urandom(700_000)
    source = tmp_path / "source"
    source.write_bytes(data)
    for given in (data, source):
        saved = store.put_verified("k", given)
        assert (saved.key, saved.size, saved.sha256) == ("k", 700_000, hashlib.sha256(data).hexdigest())


def test_ranges_and_streams_give_exact_bytes(store, tmp_path):
    data = os.urandom(1_000_000)
    store.put("k", data)
    assert b"".join(store.open_range("k", 10, 20)) == data[10:20]
    assert b"".join(store.open_range("k", 999_990, 1_000_000)) == data[-10:]
    assert b"".join(store.stream("k")) == data
    store.copy_to("k", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_empty_file_is_stored(store):
    store.put_verified("k", b"")
    assert store.get("k") == b""


def test_missing_file_is_told_at_once(store):
    for read in (store.get, store.stream, store.size):
        with pytest.raises(StoredFileMissing):
            read("nothing")
    with pytest.raises(StoredFileMissing):
        store.open_range("nothing", 0, 5)
    assert store.exists("nothing") is False


def test_delete_twice_is_no_error(store):
    store.put("ab/one", b"1")
    store.delete("ab/one")
    store.delete("ab/one")
    assert store.exists("ab/one") is False


@pytest.mark.parametrize("key", ["../outside", "a/../../outside", "/../x"])
def test_key_cannot_leave_the_root(store, key):
    with pytest.raises(StorageError):
        store.put(key, b"x")
    assert list(store.keys()) == []


def test_no_room_left_is_told_and_leaves_nothing(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", PUT_WITH_A_QUOTA, str(tmp_path / "small")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=os.getcwd(),
    )
    assert ran.stdout.strip() == "full []", ran.stderr
    leftovers = [path for path in (tmp_path / "small").rglob("*") if path.is_file()]
    assert leftovers == []


def test_storage_full_is_a_storage_error():
    assert issubclass(StorageFull, StorageError)


def test_free_room_is_known_for_a_directory(store):
    assert store.free_bytes() > 0
