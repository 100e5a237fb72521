"""The Flask app of a background process, made once, and its context around each piece of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from flask import Flask, has_app_context

from app import create_app


@cache
def flask_app() -> Flask:
    """Return this process's app. Made when it is first needed: each pool child has connections of its own."""
    return create_app()


@contextmanager
def app_context() -> Iterator[None]:
    """Open a context (a fresh look at the clock, a fresh session), unless the caller has one."""
    if has_app_context():
        yield
    else:
        with flask_app().app_context():
            yield
