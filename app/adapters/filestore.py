"""One interface over a local directory and S3-compatible stores.

Keys are random and decided by the caller; never made from a user's file name. What is stored never changes.
A store is used only after a fork: the library under it runs its own threads.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, from_url

from app.adapters.filestore_address import storage_address

CHUNK_BYTES = 256 * 1024
# A remote file is asked for in such pieces: whoever watches slowly holds no connection to the store open.
REMOTE_PIECE_BYTES = 4 * 1024 * 1024
_FULL_WORDS = ("StorageFull", "No space left", "QuotaExceeded", "FileTooLarge", "File too large")
_MISSING_WORDS = ("NoSuchKey", "NotFound")
# What people upload leaves so much of the disk free, whichever is less.
KEPT_SHARE = 0.1
KEPT_BYTES = 512 * 1024 * 1024

Result = TypeVar("Result")
Source = bytes | Path | BinaryIO


class StorageError(Exception):
    """The file could not be stored or read; nothing is half saved."""


class StorageFull(StorageError):
    """There is no room left."""


class StoredFileMissing(StorageError):
    """There is no file under this key."""


class StoredFileDamaged(StorageError):
    """The stored file has another size than the one that was saved."""


@dataclass(frozen=True)
class StoredFile:
    """What was stored: its key, its size in bytes, the hex sha256 of its content."""

    key: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file in the store: its key, its size in bytes, and when it was stored by the store's own clock."""

    key: str
    size: int
    stored_at: datetime


class FileStore:
    """Files by key, in a directory (a path or file:///...) or in s3://bucket/prefix?endpoint=..."""

    def __init__(self, url: str, *, group_reads: bool = False) -> None:
        """The root is made 0700; with `group_reads` (a web server of the same group hands files out) 0750."""
        address = storage_address(url)
        self.root = address.folder
        self._file_mode = 0o640 if group_reads else 0o600
        if self.root is not None:
            _private_directory(self.root, 0o750 if group_reads else 0o700)
            self._store: Any = LocalStore(self.root, automatic_cleanup=True)
        else:
            self._store = _remote(url, os.getpid())

    def put(self, key: str, source: Source) -> None:
        """Store bytes, an open binary file or the file at a path; an earlier file of that key is replaced."""
        if isinstance(source, Path):
            with source.open("rb") as file:
                _guarded(obstore.put, self._store, key, file)
        else:
            _guarded(obstore.put, self._store, key, source)
        self._settle(key)

    def put_verified(self, key: str, source: bytes | Path) -> StoredFile:
        """Store, read back and compare before saying that it is saved. Raises StorageError."""
        sent = _digest_of(source)
        self.put(key, source)
        if self.digest(key) != sent:
            self.delete(key)
            raise StorageError("the stored file differs from what was sent")
        return StoredFile(key, sent[1], sent[0])

    def get(self, key: str) -> bytes:
        """The whole content. Raises StoredFileMissing."""
        return bytes(_guarded(lambda: obstore.get(self._store, key).bytes()))

    def open_range(self, key: str, start: int, end: int, *, size: int | None = None) -> Iterator[bytes]:
        """The bytes [start, end) in pieces. A missing key, or a file of another `size` than the one given,
        raises at once, not at the first piece."""
        there = self.size(key)
        if size is not None and there != size:
            raise StoredFileDamaged(f"the file has {there} bytes, not {size}")
        if not 0 <= start <= end <= there:
            raise StorageError(f"the file has no bytes {start} to {end}: it has {there}")
        if start == end:
            return iter(())
        if self.root is None:
            return self._remote_pieces(key, start, end)
        return _pieces(_guarded(obstore.get, self._store, key, options={"range": (start, end)}))

    def stream(self, key: str, *, size: int | None = None) -> Iterator[bytes]:
        """The whole content in pieces; raises at once as `open_range` does."""
        return self.open_range(key, 0, self.size(key) if size is None else size, size=size)

    def copy_to(self, key: str, path: Path) -> None:
        """Write the content to a local path, for tools that need a real file."""
        with path.open("wb") as file:
            for piece in self.stream(key):
                file.write(piece)

    def size(self, key: str) -> int:
        """Size in bytes. Raises StoredFileMissing."""
        return int(_guarded(obstore.head, self._store, key)["size"])

    def exists(self, key: str) -> bool:
        """Whether a file is stored under the key."""
        try:
            self.size(key)
        except StoredFileMissing:
            return False
        return True

    def delete(self, key: str) -> None:
        """Remove the file; one that is already gone is no error."""
        try:
            _guarded(obstore.delete, self._store, key)
        except StoredFileMissing:
            return

    def keys(self, prefix: str = "") -> Iterator[str]:
        """Every stored key."""
        for found in self.listed(prefix):
            yield found.key

    def listed(self, prefix: str = "") -> Iterator[ListedFile]:
        """Every stored file with what the store itself knows of it."""
        for batch in _guarded(obstore.list, self._store, prefix or None):
            for entry in batch:
                yield ListedFile(str(entry["path"]), int(entry["size"]), entry["last_modified"])

    def keep_room(self) -> None:
        """Raise StorageFull where the local disk is nearly full: its rest is for what keeps everything else alive."""
        if self.root is None:
            return
        disk = os.statvfs(self.root)
        if disk.f_bavail * disk.f_frsize < min(disk.f_blocks * disk.f_frsize * KEPT_SHARE, KEPT_BYTES):
            raise StorageFull("the disk is nearly full")

    def free_bytes(self) -> int | None:
        """Room left on the local disk, or None where the store has no such limit."""
        if self.root is None:
            return None
        disk = os.statvfs(self.root)
        return disk.f_bavail * disk.f_frsize

    def digest(self, key: str) -> tuple[str, int]:
        """The hex sha256 of what is stored, and its size in bytes."""
        if self.root is not None:
            return self._digest_of_local(self.root / key)
        digest, size = hashlib.sha256(), 0
        for piece in self.stream(key):
            digest.update(piece)
            size += len(piece)
        return digest.hexdigest(), size

    def _digest_of_local(self, path: Path) -> tuple[str, int]:
        # Straight from the disk: by the library it takes three times as long.
        try:
            return _digest_of(path)
        except OSError as error:
            raise _translated(error) from error

    def _remote_pieces(self, key: str, start: int, end: int) -> Iterator[bytes]:
        for first in range(start, end, REMOTE_PIECE_BYTES):
            last = min(first + REMOTE_PIECE_BYTES, end)
            piece = bytes(_guarded(obstore.get_range, self._store, key, start=first, end=last))
            if len(piece) != last - first:
                raise StoredFileDamaged("the store gave fewer bytes than it was asked for")
            yield piece

    def _settle(self, key: str) -> None:
        """Make a local file private and force it to the disk: saved must survive a power cut."""
        if self.root is None:
            return
        path = self.root / key
        try:
            path.chmod(self._file_mode)
            for place in (path, path.parent):
                handle = os.open(place, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
        except OSError as error:
            raise _translated(error) from error


@lru_cache(maxsize=8)
def _remote(url: str, _process: int) -> Any:
    """The library's store, one for each process: its connections are kept and used again."""
    address = storage_address(url)
    return from_url(address.url, **address.options)


def _private_directory(root: Path, mode: int) -> None:
    """Make the root if it is missing, only for its owner; a root that exists is left as its owner set it."""
    try:
        if not root.is_dir():
            root.mkdir(parents=True, mode=mode)
            root.chmod(mode)
    except OSError as error:
        raise _translated(error) from error


def _guarded(call: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
    try:
        return call(*args, **kwargs)
    except (BaseError, OSError, ValueError) as error:
        raise _translated(error) from error


def _translated(error: Exception) -> StorageError:
    """The library tells a full disk only in its text."""
    text = f"{error!r} {error}"
    if isinstance(error, FileNotFoundError) or any(word in text for word in _MISSING_WORDS):
        return StoredFileMissing("no such file")
    if any(word in text for word in _FULL_WORDS):
        return StorageFull("no room left for the file")
    return StorageError(str(error).splitlines()[0] if str(error) else type(error).__name__)


def _pieces(result: Any) -> Iterator[bytes]:
    chunks = iter(result.stream(min_chunk_size=CHUNK_BYTES))
    while (piece := _guarded(next, chunks, None)) is not None:
        yield bytes(piece)


def _digest_of(source: bytes | Path) -> tuple[str, int]:
    if isinstance(source, bytes):
        return hashlib.sha256(source).hexdigest(), len(source)
    with source.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest(), source.stat().st_size
