"""A body that is too large to keep: it is read to its end, and what was typed beside the file is saved from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio.multipart import Data, Epilogue, Field, MultipartDecoder, NeedData

PIECE = 64 * 1024
# Four bytes for each character that a field may hold, and more than any browser writes around it.
FIELD_BYTES = 1024 * 1024


def typed_beside_file(body: IO[bytes], content_type: str, field: str, *, read_at_most: int) -> str:
    """Read a multipart body to its end, so that the browser shows our page, and return the text of one field.

    Nothing of a file is kept. Where the body is no form, breaks off or is longer than `read_at_most` bytes, the text
    is what arrived, or empty.
    """
    kind, options = parse_options_header(content_type)
    boundary = options.get("boundary", "")
    pieces = _pieces(body, read_at_most)
    text = b""
    if kind == "multipart/form-data" and boundary:
        text = _field(pieces, boundary.encode("latin-1", "replace"), field)
    for _rest in pieces:
        pass
    return text.decode("utf-8", "replace")


def _pieces(body: IO[bytes], read_at_most: int) -> Iterator[bytes]:
    left = read_at_most
    while left > 0 and (piece := body.read(min(left, PIECE))):
        left -= len(piece)
        yield piece


def _field(pieces: Iterator[bytes], boundary: bytes, wanted: str) -> bytes:
    decoder = MultipartDecoder(boundary, max_form_memory_size=FIELD_BYTES)
    found, inside = bytearray(), False
    try:
        for piece in pieces:
            decoder.receive_data(piece)
            while not isinstance(event := decoder.next_event(), NeedData):
                if isinstance(event, Epilogue):
                    return bytes(found)
                if isinstance(event, Data):
                    if inside and len(found) + len(event.data) <= FIELD_BYTES:
                        found += event.data
                else:
                    inside = isinstance(event, Field) and event.name == wanted
    except (ValueError, RequestEntityTooLarge):
        pass
    return bytes(found)
