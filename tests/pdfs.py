"""What a test wants to know of a tagged PDF."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pikepdf
import pypdfium2


def text_of(content: bytes) -> str:
    """The words of every page, line ends as spaces."""
    document = pypdfium2.PdfDocument(content)
    try:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    return " ".join(" ".join(pages).split())


def facts_of(content: bytes) -> dict[str, Any]:
    """Whether it is tagged, its language, title and standard, and the kinds of its structure elements."""
    with pikepdf.open(BytesIO(content)) as pdf, pdf.open_metadata() as metadata:
        root = pdf.Root
        kinds = {
            str(thing["/S"])
            for thing in pdf.objects
            if isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/StructElem"
        }
        return {
            "tagged": bool(root.MarkInfo.Marked) and "/StructTreeRoot" in root,
            "lang": str(root.Lang),
            "title": str(metadata["dc:title"]),
            "shows_title": bool(root.ViewerPreferences.DisplayDocTitle),
            "standard": str(metadata["pdfuaid:part"]),
            "kinds": kinds,
            "active": [name for name in ("/OpenAction", "/AA", "/AcroForm") if name in root],
        }
