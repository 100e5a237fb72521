"""Where a form may lead on to: paths of our own, nothing else."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, url_for

LONGEST = 500


def safe_next(path: str | None) -> str | None:
    """Return a path of this site, or None for anything that a browser could read as another site."""
    if not path or len(path) > LONGEST or not path.startswith("/") or path[1:2] in ("/", "\\"):
        return None
    if any(ord(sign) < 33 or sign == "\\" or ord(sign) == 127 for sign in path):
        return None
    try:
        parts = urlsplit(path)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else path


def url_where_there_is_one(endpoint: str, **values: Any) -> str | None:
    """Return the URL of a page that this installation may not have (the demo's, for example)."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None
