"""The request as our pages read it."""

from __future__ import annotations

import io

import pytest
from werkzeug.exceptions import ClientDisconnected
from werkzeug.test import EnvironBuilder

from app.web.clean_request import CleanRequest


def _request(body: bytes, length: int) -> CleanRequest:
    """As gunicorn hands it over: it says that the body ends where the connection did."""
    environ = EnvironBuilder(method="POST", content_type="application/x-www-form-urlencoded").get_environ()
    environ |= {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": str(length)}
    return CleanRequest(environ)


def test_a_body_that_broke_off_is_no_body() -> None:
    whole = b"text=I+sat+with+her+while+she+called."
    assert _request(whole, len(whole)).form["text"] == "I sat with her while she called."
    for read in (lambda one: one.get_data(), lambda one: one.form):
        with pytest.raises(ClientDisconnected):
            read(_request(whole[:20], len(whole)))
