"""What STORAGE_URL says: a folder, or s3://bucket/prefix with options behind a question mark.

s3://bucket/prefix?endpoint=https://s3.example.net&region=us-east-2&virtual_hosted=1
The key and its secret never stand in the address (it is shown on pages and in logs): the standard variables
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN hold them, or the machine's own role does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

OPTIONS = frozenset({"endpoint", "region", "virtual_hosted"})
DEFAULT_REGION = "us-east-1"
# A store that hangs must not hold a request: by default the library would try for three minutes.
CONNECT_SECONDS, READ_SECONDS, REQUEST_SECONDS = 5, 15, 120
MAX_RETRIES, RETRY_SECONDS = 3, 20


class BadStorageAddress(ValueError):
    """STORAGE_URL cannot be understood; the text says how to mend it."""


@dataclass(frozen=True)
class StorageAddress:
    """Either `folder`, or a remote `url` with the options that the library takes."""

    folder: Path | None = None
    url: str = ""
    options: dict[str, Any] = field(default_factory=dict)


def storage_address(value: str) -> StorageAddress:
    """Read STORAGE_URL. Raises BadStorageAddress."""
    parts = urlsplit(value)
    if parts.scheme in ("", "file"):
        if not value:
            raise BadStorageAddress("STORAGE_URL is empty: give a folder, or s3://bucket")
        return StorageAddress(Path(unquote(parts.path) if parts.scheme else value).expanduser().resolve())
    if parts.scheme != "s3" or not parts.hostname:
        raise BadStorageAddress("STORAGE_URL must be a folder, or s3://bucket/prefix?endpoint=https://...")
    if parts.username or parts.password:
        raise BadStorageAddress("STORAGE_URL must hold no key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.")
    chosen = dict(parse_qsl(parts.query))
    if unknown := sorted(chosen.keys() - OPTIONS):
        raise BadStorageAddress(f"STORAGE_URL: {unknown[0]} is not known; there are {', '.join(sorted(OPTIONS))}.")
    return StorageAddress(None, f"s3://{parts.netloc}{parts.path}", _library_options(chosen))


def _library_options(chosen: dict[str, str]) -> dict[str, Any]:
    options: dict[str, Any] = {
        "region": chosen.get("region", DEFAULT_REGION),
        "client_options": {
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "read_timeout": timedelta(seconds=READ_SECONDS),
            "timeout": timedelta(seconds=REQUEST_SECONDS),
            # Only where the address itself says http: a store in the same machine or a closed network.
            "allow_http": chosen.get("endpoint", "").startswith("http://"),
        },
        "retry_config": {"max_retries": MAX_RETRIES, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    }
    if endpoint := chosen.get("endpoint"):
        if urlsplit(endpoint).scheme not in ("http", "https"):
            raise BadStorageAddress("STORAGE_URL: endpoint must begin with https:// (or http:// on a closed network).")
        options["endpoint"] = endpoint.rstrip("/")
    if "virtual_hosted" in chosen:
        options["virtual_hosted_style_request"] = chosen["virtual_hosted"].lower() in ("1", "true", "yes", "on")
    return options
