"""What kind of answer a request asks for."""

from __future__ import annotations

from flask import request


def wants_json() -> bool:
    """Tell whether a script of ours asks: it gets JSON with a message, never a page or a redirect."""
    return request.accept_mimetypes.best == "application/json"
