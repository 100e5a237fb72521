"""A service says no: a sentence that a person can act on, and the HTTP status that fits."""

from __future__ import annotations


class Refusal(Exception):
    """What was asked cannot be done now. `message` is marked for translation (N_) where it is raised."""

    def __init__(self, message: str, status: int = 409, field: str | None = None, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.field = field
        self.details = details
