"""Python's search for garbage, put off while millions of small objects are made that all stay."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage_collected_later() -> Iterator[None]:
    """Do not look for reference cycles inside: on a large routing instance that takes a third of the time.

    Memory without cycles is freed as always. Threads that meet here leave the search on when the first one ends.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
