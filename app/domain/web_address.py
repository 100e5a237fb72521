"""Whether words that a person typed are a web address that may be a link."""

from __future__ import annotations

from urllib.parse import urlsplit

LONGEST = 2000


def https_address(words: str | None) -> str | None:
    """Return the words if they are one https address and nothing else, else None."""
    found = web_address(words)
    return found if found is not None and found.lower().startswith("https:") else None


def web_address(words: str | None) -> str | None:
    """Return the words if they are one http or https address and nothing else, else None."""
    typed = (words or "").strip()
    if (
        not typed
        or len(typed) > LONGEST
        or any(ord(sign) < 33 or ord(sign) == 127 or sign in '<>"\\' for sign in typed)
    ):
        return None
    try:
        parts = urlsplit(typed)
        host, _port = parts.hostname, parts.port
    except ValueError:
        return None
    # A name before an @ makes an address look like another one.
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    return typed
