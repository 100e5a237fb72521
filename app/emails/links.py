"""Addresses in mails: absolute, made from BASE_URL, without any request."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import current_app
from werkzeug.routing import BuildError

log = structlog.get_logger()


def absolute_link(endpoint: str, **values: Any) -> str:
    """Return the absolute address of an endpoint; what its URL does not hold becomes the query.

    A page that does not exist leads to the start page: a mail that is owed must leave. A test walks all
    templates, so that none names such a page.
    """
    base = urlsplit(current_app.config["BASE_URL"])
    adapter = current_app.url_map.bind(
        base.netloc, script_name=base.path or "/", url_scheme=base.scheme or "http", default_method="GET"
    )
    try:
        return adapter.build(endpoint, values, method="GET", force_external=True)
    except BuildError:
        log.error("a mail links to a page that does not exist", endpoint=endpoint)
        return f"{current_app.config['BASE_URL'].rstrip('/')}/"
