"""Hashes of one-time secrets. A six-digit code is short, so it is keyed; a token is long enough as it is."""

from __future__ import annotations

import hashlib
import hmac

from flask import current_app


def token_hash(token: str) -> str:
    """Return the hash under which a long random token is found."""
    return hashlib.sha256(token.encode()).hexdigest()


def keyed_hash(purpose: str, *parts: str) -> str:
    """Return a hash that only this installation can compute (SECRET_KEY)."""
    message = "\x1f".join((purpose, *parts)).encode()
    return hmac.new(current_app.config["SECRET_KEY"].encode(), message, hashlib.sha256).hexdigest()


def same_hash(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one, other)
