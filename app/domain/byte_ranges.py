"""Which bytes of a file a Range header asks for."""

import re

_ONE_RANGE = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")
_LONGEST_HEADER = 100


class RangeNotSatisfiable(ValueError):
    """The range begins after the end of the file: HTTP 416 with `Content-Range: bytes */size`."""


def range_for(header: str | None, size: int) -> tuple[int, int] | None:
    """The half-open range (start, end) in bytes, or None for the whole file (HTTP 200).

    Several ranges, other units and nonsense mean the whole file, so a thousand ranges cost nothing.
    Raises RangeNotSatisfiable.
    """
    if not header or len(header) > _LONGEST_HEADER:
        return None
    match = _ONE_RANGE.fullmatch(header.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return _last_bytes(int(match[2]), size)
    start = int(match[1])
    end = min(int(match[2]) + 1, size) if match[2] else size
    if match[2] and int(match[2]) < start:
        return None
    if start >= size:
        raise RangeNotSatisfiable(f"bytes {start}- of {size}")
    return start, end


def _last_bytes(count: int, size: int) -> tuple[int, int]:
    if count == 0 or size == 0:
        raise RangeNotSatisfiable(f"last {count} bytes of {size}")
    return max(0, size - count), size
