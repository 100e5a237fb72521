"""The request as our pages read it: what no address of ours can mean is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.utils import cached_property

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


class CleanRequest(Request):
    """A request whose query holds no NUL: no link of ours has one, and no column of the database can.

    Its body is whole, or nobody reads it. Gunicorn promises that the body ends where the connection does, and then
    the part of a recording, or of an answer, that arrived before a line broke off would pass for all of it.
    """

    def __init__(self, environ: WSGIEnvironment, *arguments: Any, **options: Any) -> None:
        if environ.get("CONTENT_LENGTH"):
            # Then werkzeug counts for itself, and a body that is too short is a bad request.
            environ.pop("wsgi.input_terminated", None)
        super().__init__(environ, *arguments, **options)

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        """Return the query without the pairs that hold a NUL; they are ignored like any other nonsense."""
        pairs = super().args.items(multi=True)
        return ImmutableMultiDict((name, value) for name, value in pairs if "\0" not in name + value)
