"""The request as our pages read it: what no address of ours can mean is not there."""

from __future__ import annotations

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.utils import cached_property


class CleanRequest(Request):
    """A request whose query holds no NUL: no link of ours has one, and no column of the database can."""

    @cached_property
    def args(self) -> ImmutableMultiDict[str, str]:
        """Return the query without the pairs that hold a NUL; they are ignored like any other nonsense."""
        pairs = super().args.items(multi=True)
        return ImmutableMultiDict((name, value) for name, value in pairs if "\0" not in name + value)
