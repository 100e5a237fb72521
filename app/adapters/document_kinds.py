"""What kind of file the bytes are, by their structure; a file's name is never believed."""

import io
import re
import zipfile

_EXECUTABLES = (b"MZ", b"\x7fELF", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa\xcf", b"\xca\xfe\xba\xbe", b"#!")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"II*\x00", b"MM\x00*", b"BM")
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif")
_MARKUP = re.compile(rb"<\s*(?:!doctype\s+html|html|head|body|script|iframe|svg|meta)\b", re.IGNORECASE)
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEAD = 1024
_EOCD = b"PK\x05\x06"
_EOCD_LENGTH = 22


def kind_of(data: bytes) -> str:
    """ "pdf" or "docx" (still to be inspected), or the code of the refusal (app.domain.uploads.REFUSALS)."""
    head = data[:_HEAD]
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x00")
    if start.startswith(b"%PDF-"):
        return _pdf_or_disguise(data)
    if start.startswith(b"PK\x03\x04"):
        return _zip_kind(data)
    if start.startswith(_OLE):
        return _ole_kind(data)
    return _other_kind(head, start)


def _other_kind(head: bytes, start: bytes) -> str:
    if b"%PDF-" in head or start.startswith(b"PK\x05\x06"):
        return "disguised" if b"%PDF-" in head else "empty"
    if start.startswith(_EXECUTABLES):
        return "program"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "image"
    if start.startswith(_PICTURES) or (start.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return "image"
    if re.search(rb"<\s*svg\b", head, re.IGNORECASE):
        return "image"
    if _MARKUP.search(head):
        return "web_page"
    if start.startswith(b"{\\rtf"):
        return "rich_text"
    if start.startswith(_ARCHIVES):
        return "archive"
    return "plain_text" if _is_text(head) else "wrong_type"


def _is_text(head: bytes) -> bool:
    try:
        text = head[: _HEAD - 4].decode("utf-8") if len(head) == _HEAD else head.decode("utf-8")
    except UnicodeDecodeError as error:
        return len(head) == _HEAD and error.start > _HEAD - 12
    return all(character.isprintable() or character in "\r\n\t\f" for character in text)


def _pdf_or_disguise(data: bytes) -> str:
    """A PDF that a browser could read as a page, or an unpacker as an archive, is two files in one."""
    end = data.rfind(b"%%EOF")
    after = data[end + 5 :] if end >= 0 else b""
    if _MARKUP.search(data[:_HEAD]) or _MARKUP.search(after):
        return "disguised"
    if _archive_behind_the_pdf(data):
        return "disguised"
    return "pdf"


def _archive_behind_the_pdf(data: bytes) -> bool:
    """An archive that ends outside every PDF stream; one that is wholly inside a stream is an attachment."""
    place = data.rfind(_EOCD, max(0, len(data) - 65_557))
    if place < 0 or place + _EOCD_LENGTH > len(data):
        return False
    comment = int.from_bytes(data[place + 20 : place + 22], "little")
    return b"endstream" not in data[place:] or place + _EOCD_LENGTH + comment == len(data)


def _zip_kind(data: bytes) -> str:
    if b"%PDF-" in data[:_HEAD]:
        return "disguised"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {entry.filename for entry in archive.infolist()}
            mimetype = archive.open("mimetype").read(100) if "mimetype" in names else b""
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError, NotImplementedError, EOFError):
        return "damaged"
    if "word/document.xml" in names or "[Content_Types].xml" in names:
        return "docx" if any(name.startswith("word/") for name in names) else "spreadsheet"
    if mimetype.startswith(b"application/vnd.oasis.opendocument.text"):
        return "opendocument"
    if any(name.endswith(".iwa") or name in ("Index.zip", "index.xml") for name in names):
        return "pages"
    if mimetype.startswith(b"application/vnd.oasis.opendocument"):
        return "spreadsheet"
    return "archive"


def _ole_kind(data: bytes) -> str:
    """Old Office files, and the envelope around a Word document with a password."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "encrypted"
    if "WordDocument".encode("utf-16-le") in data:
        return "old_word"
    others = (name.encode("utf-16-le") for name in ("Workbook", "PowerPoint"))
    return "spreadsheet" if any(name in data for name in others) else "old_word"
