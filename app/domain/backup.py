"""What a backup says of itself: the manifest, and how a backup or a restored database is judged against it.

A folder: `manifest.json`, `database.dump` (PostgreSQL's custom format), `files/<key>`, and `files.sha256`, which
`sha256sum -c files.sha256` reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

FORMAT = 1
MANIFEST, DUMP, FILES, DIGESTS = "manifest.json", "database.dump", "files", "files.sha256"


class BackupDamaged(Exception):
    """The backup is not what its manifest says; `faults` has one sentence for each thing that is wrong."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("; ".join(self.faults[:3]))


@dataclass(frozen=True, slots=True)
class Manifest:
    """Sizes in bytes, digests in hex; `made_at` is ISO 8601 in UTC; `tables` counts rows; `missing` are keys."""

    format: int
    made_at: str
    revision: str
    server_major: int
    tables: Mapping[str, int]
    dump_size: int
    dump_sha256: str
    files: int
    files_bytes: int
    digests_sha256: str
    missing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)


def manifest_from(values: Mapping[str, Any]) -> Manifest:
    """Read a manifest. Raises BackupDamaged where it is of another format."""
    if values.get("format") != FORMAT:
        raise BackupDamaged([f"{MANIFEST}: format {values.get('format')!r} is not known here"])
    try:
        return Manifest(**{**values, "missing": tuple(values.get("missing", ()))})
    except TypeError as problem:
        raise BackupDamaged([f"{MANIFEST}: {problem}"]) from problem


def digest_line(key: str, sha256: str) -> str:
    """Return one line of files.sha256."""
    return f"{sha256}  {FILES}/{key}\n"


def digests_from(text: str) -> Iterator[tuple[str, str]]:
    """Yield (key, sha256) of each line. Raises BackupDamaged."""
    for number, line in enumerate(text.splitlines(), 1):
        sha256, _, name = line.partition("  ")
        if len(sha256) != 64 or not name.startswith(f"{FILES}/") or ".." in name.split("/"):
            raise BackupDamaged([f"{DIGESTS}: line {number} is not a digest and a name"])
        yield name.removeprefix(f"{FILES}/"), sha256


def differing_counts(expected: Mapping[str, int], found: Mapping[str, int]) -> list[str]:
    """Say for each table how its rows differ."""
    return [
        f"{table}: {found.get(table, 'no table')} rows, the backup has {expected.get(table, 'no table')}"
        for table in sorted({*expected, *found})
        if expected.get(table) != found.get(table)
    ]
