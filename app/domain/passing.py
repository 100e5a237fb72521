"""Why somebody passes on what they were asked to read, watch or call."""

from __future__ import annotations

from enum import StrEnum


class Because(StrEnum):
    """`KNOWS`: they know the person, or can guess who it is. `TIME`: they cannot get to it."""

    KNOWS = "knows"
    TIME = "time"
