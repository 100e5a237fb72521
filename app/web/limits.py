"""The page for "too many tries": 429, and when to try again."""

from __future__ import annotations

from datetime import datetime
from math import ceil

from flask import make_response, render_template, request
from flask.typing import ResponseReturnValue

from app.adapters.clock import now


def client_key() -> str:
    """Return what stands for this client in a limit: its address, or its network for IPv6."""
    address = request.remote_addr or "unknown"
    return ":".join(address.split(":")[:4]) if ":" in address else address


def too_many(retry_at: datetime) -> ResponseReturnValue:
    """Answer 429 and say when to try again."""
    seconds = max(1, ceil((retry_at - now()).total_seconds()))
    page = render_template("errors/429.html", retry_at=retry_at, minutes=ceil(seconds / 60))
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(seconds)
    return response
