import hashlib
import os
import subprocess
import sys

import pytest

from app.adapters.filestore import (
    REMOTE_PIECE_BYTES,
    FileStore,
    StorageError,
    StorageFull,
    StoredFileDamaged,
    StoredFileMissing,
)
from app.adapters.filestore_address import BadStorageAddress, storage_address
from tests.s3 import free_port

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
def local(tmp_path):
    return FileStore((tmp_path / "files").as_uri())


@pytest.fixture(params=["folder", "s3"])
def store(request, tmp_path):
    """The same contract holds for both."""
    if request.param == "folder":
        return FileStore(str(tmp_path / "files"))
    return FileStore(request.getfixturevalue("s3").new_bucket())


def test_put_and_get_give_the_same_bytes(store):
    store.put("ab/one", b"hello")
    assert store.get("ab/one") == b"hello"
    assert store.size("ab/one") == 5
    assert store.exists("ab/one") is True
    assert list(store.keys()) == ["ab/one"]


def test_files_are_private_to_their_owner(local):
    local.put("ab/one", b"hello")
    assert oct(local.root.stat().st_mode & 0o777) == "0o700"
    assert oct((local.root / "ab/one").stat().st_mode & 0o777) == "0o600"


def test_files_are_read_by_the_group_where_the_web_server_hands_them_out(tmp_path):
    store = FileStore(str(tmp_path / "files"), group_reads=True)
    store.put("ab/one", b"hello")
    assert oct(store.root.stat().st_mode & 0o777) == "0o750"
    assert oct((store.root / "ab/one").stat().st_mode & 0o777) == "0o640"


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
    data = os.urandom(REMOTE_PIECE_BYTES + 1_000)  # a remote store gives it in two pieces
    store.put("k", data)
    assert b"".join(store.open_range("k", 10, 20)) == data[10:20]
    assert b"".join(store.open_range("k", len(data) - 10, len(data), size=len(data))) == data[-10:]
    assert (
        b"".join(store.open_range("k", REMOTE_PIECE_BYTES - 5, REMOTE_PIECE_BYTES + 5))
        == (data[REMOTE_PIECE_BYTES - 5 : REMOTE_PIECE_BYTES + 5])
    )
    assert list(store.open_range("k", 7, 7)) == []
    assert b"".join(store.stream("k")) == data
    store.copy_to("k", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == data


def test_empty_file_is_stored(store):
    store.put_verified("k", b"")
    assert store.get("k") == b""


def test_range_or_size_that_the_file_has_not_is_told_at_once(store):
    store.put("k", b"0123456789")
    for start, end in ((0, 11), (5, 4), (-1, 3)):
        with pytest.raises(StorageError):
            store.open_range("k", start, end)
    for wrong in (9, 11):
        with pytest.raises(StoredFileDamaged):
            store.open_range("k", 0, 5, size=wrong)
        with pytest.raises(StoredFileDamaged):
            store.stream("k", size=wrong)


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


def test_keys_of_a_prefix_are_listed(store):
    for key in ("a/1", "a/2", "b/1"):
        store.put(key, b"x")
    assert sorted(store.keys("a")) == ["a/1", "a/2"]
    assert sorted(store.keys()) == ["a/1", "a/2", "b/1"]


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


def test_free_room_is_known_for_a_directory(local):
    assert local.free_bytes() > 0


def test_remote_store_that_is_away_is_a_storage_error_and_not_a_missing_file(s3):
    store = FileStore(f"s3://bucket/files?endpoint=http://127.0.0.1:{free_port()}")
    for call in (lambda: store.put("k", b"1"), lambda: store.get("k"), lambda: store.exists("k")):
        with pytest.raises(StorageError) as told:
            call()
        assert not isinstance(told.value, StoredFileMissing)


def test_file_that_goes_while_it_is_read_is_told(s3):
    store = FileStore(s3.new_bucket())
    store.put("k", os.urandom(2 * REMOTE_PIECE_BYTES))
    pieces = store.stream("k")
    assert len(next(pieces)) == REMOTE_PIECE_BYTES
    store.delete("k")
    with pytest.raises(StorageError):
        next(pieces)


@pytest.mark.parametrize(
    ("value", "word"),
    [
        ("", "empty"),
        ("ftp://host/x", "must be a folder"),
        ("s3://", "must be a folder"),
        ("s3://key:secret@bucket", "AWS_ACCESS_KEY_ID"),
        ("s3://bucket?endpiont=https://x", "endpiont is not known"),
        ("s3://bucket?endpoint=x.example", "must begin with https://"),
    ],
)
def test_wrong_storage_address_says_how_to_mend_it(value, word):
    with pytest.raises(BadStorageAddress, match=word):
        storage_address(value)


def test_plain_http_is_taken_only_where_the_address_says_so():
    closed = storage_address("s3://b/p?endpoint=https://s3.example.net&region=us-east-2&virtual_hosted=1")
    assert closed.url == "s3://b/p"
    assert closed.options["client_options"]["allow_http"] is False
    assert (closed.options["region"], closed.options["virtual_hosted_style_request"]) == ("us-east-2", True)
    assert storage_address("s3://b?endpoint=http://10.0.0.1:9000").options["client_options"]["allow_http"] is True
