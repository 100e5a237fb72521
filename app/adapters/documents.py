"""Opens an uploaded document safely: what it is, how long, what it says, what it carries."""

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

from app.adapters.document_kinds import kind_of
from app.adapters.document_reader import DocumentReader
from app.adapters.limited import LimitExceeded
from app.domain.uploads import (
    MAX_PAGES,
    MAX_TEXT_CHARACTERS,
    MEDIA_TYPES,
    FileRefused,
    carries_active_content,
    check_size,
    display_name,
)

# 15 s, 1 GB of memory and 8 MB of answer for each document.
_READER = DocumentReader(seconds=15, memory_mb=1024, file_mb=8, words=(MAX_PAGES, MAX_TEXT_CHARACTERS))
_KINDS = {"pdf": b"p", "docx": b"d"}
# The test file that every scanner knows (split, so that no scanner stops this source).
_SCANNER_TEST = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@dataclass(frozen=True)
class InspectedDocument:
    """A document that may be kept. `pages` is None for Word; `text` is the first 20,000 characters or ""."""

    kind: str
    media_type: str
    pages: int | None
    text: str
    flags: frozenset[str]
    shown_name: str

    @property
    def active(self) -> bool:
        """Whether it has scripts, actions or attachments: offer it only as a download."""
        return carries_active_content(self.flags)

    @property
    def readable(self) -> bool:
        """Whether text could be read; a scan has none and is still welcome."""
        return bool(self.text.strip())


def inspect_document(data: bytes, filename: str | None) -> InspectedDocument:
    """Raise FileRefused, or tell what the document is. The name is only shown, never believed.

    Raises ReaderUnavailable where no document can be read now.
    """
    check_size(len(data))
    if _SCANNER_TEST in data:
        raise FileRefused("virus")
    kind = kind_of(data)
    if kind not in MEDIA_TYPES:
        raise FileRefused(kind)
    facts = _opened_elsewhere(kind, data)
    if "refused" in facts:
        raise FileRefused(str(facts["refused"]))
    return InspectedDocument(
        kind=kind,
        media_type=MEDIA_TYPES[kind],
        pages=facts["pages"],
        text=_storable(str(facts["text"])),
        flags=frozenset(facts["flags"]),
        shown_name=display_name(filename, kind),
    )


def _opened_elsewhere(kind: str, data: bytes) -> dict[str, Any]:
    """The child's answer; a child that dies or takes too long means a file we cannot open safely."""
    try:
        ended = _READER.read(_KINDS[kind], data)
        facts = json.loads(ended.stdout) if ended.ok else {"refused": "unsafe"}
    except LimitExceeded:
        return {"refused": "too_complex"}
    except ValueError:
        return {"refused": "unsafe"}
    return facts if isinstance(facts, dict) else {"refused": "unsafe"}


def _storable(text: str) -> str:
    """No NUL or half characters, which the database refuses; no control characters; one form of accents."""
    clean = text.encode("utf-8", "ignore").decode()
    clean = "".join(c for c in clean if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return unicodedata.normalize("NFC", clean).strip()[:MAX_TEXT_CHARACTERS]
