"""Looks into one untrusted PDF: returns {"pages", "text", "flags"} or raises Refused.

Loaded by path in a process of its own (document_reader_child.py), so it imports nothing of the app.
"""

import io
from typing import Any

import pikepdf
import pypdfium2

MAX_OBJECTS = 100_000
ACTIONS = {
    "/JavaScript": "javascript",
    "/Launch": "launch",
    "/SubmitForm": "submit_form",
    "/ImportData": "submit_form",
}


class Refused(Exception):
    """Carries the code of the refusal (app.domain.uploads.REFUSALS)."""


def inspect_pdf(data: bytes, max_pages: int, max_text: int) -> dict[str, Any]:
    if b"%%EOF" not in data[-4096:]:
        raise Refused("damaged")
    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.objects) > MAX_OBJECTS:
                raise Refused("too_complex")
            pages = len(pdf.pages)
            flags = _pdf_flags(pdf)
    except pikepdf.PasswordError as error:
        raise Refused("encrypted") from error
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Refused("damaged") from error
    if pages > max_pages:
        raise Refused("too_many_pages")
    return {"pages": pages, "text": _pdf_text(data, pages, max_text), "flags": sorted(flags)}


def _pdf_flags(pdf: Any) -> set[str]:
    flags = {"restricted"} if pdf.is_encrypted else set()
    # Most PDFs say where to open (a page); only an action there is worth a flag.
    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and str(opening.get("/S", "")) != "/GoTo":
        flags.add("open_action")
    names = pdf.Root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        flags |= {"javascript"} if "/JavaScript" in names else set()
        flags |= {"embedded_file"} if "/EmbeddedFiles" in names else set()
    for thing in pdf.objects:
        flags |= _object_flags(thing, 0)
    return flags


def _object_flags(thing: Any, depth: int) -> set[str]:
    """Flags of one object and of what is written directly inside it (indirect ones are met on their own)."""
    if depth > 20:
        return {"javascript"}
    if isinstance(thing, pikepdf.Array):
        inner = [item for item in thing if isinstance(item, (pikepdf.Dictionary, pikepdf.Array))]
        return _flags_of_all(inner, depth)
    if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        return set()
    flags: set[str] = set()
    if isinstance(thing, pikepdf.Stream) and str(thing.get("/Type", "")) == "/EmbeddedFile":
        flags.add("embedded_file")
    if "/JS" in thing:
        flags.add("javascript")
    if "/EF" in thing or str(thing.get("/Subtype", "")) in ("/FileAttachment", "/RichMedia"):
        flags.add("embedded_file")
    action = ACTIONS.get(str(thing.get("/S", "")))
    flags |= {action} if action else set()
    direct = [
        value
        for key in thing.keys()  # noqa: SIM118 - iterating a stream is not the same
        if key != "/Parent"
        and isinstance(value := thing.get(key), (pikepdf.Dictionary, pikepdf.Array))
        and not value.is_indirect
    ]
    return flags | _flags_of_all(direct, depth)


def _flags_of_all(things: list[Any], depth: int) -> set[str]:
    flags: set[str] = set()
    for thing in things:
        if not thing.is_indirect:
            flags |= _object_flags(thing, depth + 1)
    return flags


def _pdf_text(data: bytes, pages: int, max_text: int) -> str:
    """Text of the first pages. Also proves that an ordinary viewer opens the file."""
    try:
        document = pypdfium2.PdfDocument(data)
        if len(document) == 0 or pages == 0:
            raise Refused("damaged")
        parts: list[str] = []
        for page in document:
            parts.append(page.get_textpage().get_text_bounded())
            if sum(map(len, parts)) > max_text:
                break
        return "\n\n".join(parts)
    except pypdfium2.PdfiumError as error:
        raise Refused("damaged") from error
