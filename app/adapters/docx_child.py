"""Looks into one untrusted Word document: returns {"pages", "text", "flags"} or raises Refused.

Loaded by path in a process of its own (document_reader_child.py), so it imports nothing of the app.
"""

import io
import re
import stat
import zipfile
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

MEGABYTE = 1024 * 1024
MAX_ENTRIES = 1_000
MAX_UNPACKED = 50 * MEGABYTE
MAX_XML_PART = 20 * MEGABYTE
MAX_RATIO = 100
RATIO_MATTERS_FROM = MEGABYTE
MAX_XML_DEPTH = 500
ZIP = b"PK\x03\x04"
PROGRAMS = (b"MZ", b"\x7fELF")
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT_WORD = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
REMOTE = re.compile(r"^\s*(?:https?:|ftp:|smb:|file:/{3,5}[^/:]+/|\\\\|//)", re.IGNORECASE)
FOREIGN_ENDINGS = (
    *(".zip", ".jar", ".7z", ".rar", ".exe", ".dll", ".bin", ".docm", ".dotm"),
    *(".js", ".html", ".htm", ".mht", ".rtf"),
)
OFFICE_PARTS = (".xlsx", ".docx", ".pptx")


class Refused(Exception):
    """Carries the code of the refusal (app.domain.uploads.REFUSALS)."""


def inspect_docx(data: bytes, max_text: int) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_envelope(data, archive)
            flags = _check_entries(archive)
            flags |= _check_parts(archive)
            text = _docx_text(archive, max_text)
    except (zipfile.BadZipFile, OSError, EOFError, KeyError, ValueError, NotImplementedError) as error:
        raise Refused("damaged") from error
    except RuntimeError as error:  # zipfile's word for an entry with a password
        raise Refused("encrypted") from error
    return {"pages": None, "text": text, "flags": sorted(flags)}


def _check_envelope(data: bytes, archive: zipfile.ZipFile) -> None:
    """The archive is the whole file: nothing before it, nothing hidden after it."""
    if not data.startswith(b"PK\x03\x04") or len(archive.comment) > 200 or not archive.infolist():
        raise Refused("disguised")
    if min(entry.header_offset for entry in archive.infolist()) != 0:
        raise Refused("disguised")
    closing = data.rfind(b"PK\x05\x06")
    if closing + 22 + len(archive.comment) != len(data):
        raise Refused("disguised")


def _check_entries(archive: zipfile.ZipFile) -> set[str]:
    entries, flags, names = archive.infolist(), set(), set()
    if len(entries) > MAX_ENTRIES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise Refused("too_complex")
    for entry in entries:
        name = entry.filename
        if name in names or _leaves_the_folder(name) or stat.S_ISLNK(entry.external_attr >> 16):
            raise Refused("unsafe")
        names.add(name)
        if entry.flag_bits & 0x1:
            raise Refused("encrypted")
        if entry.file_size > RATIO_MATTERS_FROM and entry.file_size > MAX_RATIO * max(1, entry.compress_size):
            raise Refused("too_complex")
        flags |= _check_name(name.lower())
    return flags


def _leaves_the_folder(name: str) -> bool:
    return "\\" in name or name.startswith("/") or ":" in name or "\x00" in name or ".." in name.split("/")


def _check_name(name: str) -> set[str]:
    last = name.rsplit("/", 1)[-1]
    if "vbaproject" in last or "vbadata" in last or "/activex/" in name:
        raise Refused("macros")
    if "/embeddings/" in name and last:
        if not last.endswith(OFFICE_PARTS):
            raise Refused("embedded")
        return {"embedded_file"}
    if last.endswith(FOREIGN_ENDINGS) and not name.startswith("word/printersettings"):
        raise Refused("embedded")
    return set()


def _check_parts(archive: zipfile.ZipFile) -> set[str]:
    flags: set[str] = set()
    unpacked = 0
    for entry in archive.infolist():
        content = _bounded(archive, entry)
        unpacked += len(content)
        if unpacked > MAX_UNPACKED:
            raise Refused("too_complex")
        name = entry.filename.lower()
        if name.endswith((".xml", ".rels")):
            if len(content) > MAX_XML_PART:
                raise Refused("too_complex")
            flags |= _check_xml(content)
        elif content.startswith(PROGRAMS) or (content.startswith(ZIP) and not name.endswith(OFFICE_PARTS)):
            raise Refused("embedded")
    return flags


def _bounded(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """The content; the size that the archive declares is not believed."""
    with archive.open(entry) as file:
        content = file.read(MAX_UNPACKED + 1)
    if len(content) > MAX_UNPACKED:
        raise Refused("too_complex")
    return content


def _events(content: bytes) -> Iterator[tuple[str, Any]]:
    """Every element as it opens and closes, without DOCTYPE, entities or deep nesting."""
    depth = 0
    try:
        for event, element in iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            if depth > MAX_XML_DEPTH:
                raise Refused("too_complex")
            yield event, element
    except DefusedXmlException as error:
        raise Refused("unsafe") from error
    except ParseError as error:
        raise Refused("damaged") from error


def _check_xml(content: bytes) -> set[str]:
    flags: set[str] = set()
    for event, element in _events(content):
        if event == "start":
            if element.tag.endswith("}Relationship"):
                flags |= _check_relationship(element.attrib)
            elif "macroenabled" in element.attrib.get("ContentType", "").lower():
                raise Refused("macros")
            elif element.tag.endswith("}altChunk"):
                raise Refused("embedded")
        else:
            element.clear()
    return flags


def _check_relationship(attributes: dict[str, str]) -> set[str]:
    if attributes.get("TargetMode", "").lower() != "external":
        return set()
    what = attributes.get("Type", "").rsplit("/", 1)[-1]
    if what == "hyperlink":
        return set()
    # Word leaves the path of the writer's own template behind: harmless. One on a server is fetched.
    if what == "attachedTemplate" and not REMOTE.match(attributes.get("Target", "")):
        return set()
    if what == "image":
        return {"external_content"}
    raise Refused("external_content")


def _docx_text(archive: zipfile.ZipFile, max_text: int) -> str:
    words: list[str] = []
    length = 0
    for event, element in _events(_bounded(archive, archive.getinfo("word/document.xml"))):
        if event == "start":
            continue
        piece = _words_of(element)
        if piece:
            words.append(piece)
            length += len(piece)
        if length > max_text:
            break
        if element.tag.endswith("}p"):
            element.clear()
    return "".join(words)


def _words_of(element: Any) -> str:
    for space in (WORD, STRICT_WORD):
        if element.tag == space + "t":
            return element.text or ""
        if element.tag == space + "tab":
            return "\t"
        if element.tag in (space + "br", space + "cr", space + "p"):
            return "\n"
    return ""
