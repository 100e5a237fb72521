"""The mails in a Maildir, read back: what really left, in the order in which it left."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path
from uuid import UUID

_NAME = re.compile(r"^(\d+)\.M(\d+)P\d+Q(\d+)\.")
_MESSAGE_ID = re.compile(r"<([0-9a-f-]{36})@")
_FOLDERS = ("new", "cur")


@dataclass(frozen=True, slots=True)
class LeftMail:
    """One mail. `notice_id` is its Message-ID; `html` is as it was sent and must be shown in a sandbox only."""

    notice_id: UUID
    recipient: str
    subject: str
    date: datetime | None
    text: str
    html: str
    attachments: tuple[tuple[str, str], ...]


def left_mails(folder: Path, *, offset: int, limit: int) -> tuple[list[LeftMail], int]:
    """Return a page of the mails, the last one first, and how many there are."""
    paths = sorted(_paths(folder), key=_order, reverse=True)
    mails = [_read(path) for path in paths[offset : offset + limit]]
    return [mail for mail in mails if mail is not None], len(paths)


def left_mail(folder: Path, notice_id: UUID) -> LeftMail | None:
    """Return the mail of this notice; the last one where it left twice."""
    wanted = f"<{notice_id}@".encode()
    for path in sorted(_paths(folder), key=_order, reverse=True):
        raw = _bytes(path)
        if raw is not None and wanted in raw[:4096]:
            mail = _read(path)
            if mail is not None and mail.notice_id == notice_id:
                return mail
    return None


def forget_mails(folder: Path, notice_ids: Collection[UUID]) -> None:
    """Remove the mails of these notices; what else lies there stays."""
    for path in _paths(folder):
        raw = _bytes(path)
        found = None if raw is None else _MESSAGE_ID.search(raw[:4096].decode("latin-1"))
        if found is not None and UUID(found[1]) in notice_ids:
            path.unlink(missing_ok=True)


def _paths(folder: Path) -> list[Path]:
    return [path for name in _FOLDERS if (folder / name).is_dir() for path in (folder / name).iterdir()]


def _order(path: Path) -> tuple[int, int, int]:
    """Python's Maildir names a file by the second, the microsecond and a count."""
    found = _NAME.match(path.name)
    return (int(found[1]), int(found[2]), int(found[3])) if found else (0, 0, 0)


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # a mail program moved it
        return None


def _read(path: Path) -> LeftMail | None:
    raw = _bytes(path)
    if raw is None:
        return None
    mail = message_from_bytes(raw, policy=default)
    found = _MESSAGE_ID.search(str(mail["Message-ID"]))
    if found is None:
        return None
    return LeftMail(
        notice_id=UUID(found[1]),
        recipient=str(mail["To"]),
        subject=str(mail["Subject"]),
        date=_date(str(mail["Date"])),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        attachments=tuple((part.get_filename() or "file", part.get_content_type()) for part in mail.iter_attachments()),
    )


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    return str(part.get_content()) if part is not None else ""


def _date(value: str) -> datetime | None:
    try:
        return parsedate_to_datetime(value)
    except ValueError:
        return None
