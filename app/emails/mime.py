"""A message becomes the bytes that leave. Its Message-ID is the notice's id: a double can be told.

Most headers are the same in every mail. The standard library makes a class and a grammar's tree for each of them
anew, which costs more than everything else about a mail; here both are kept. What leaves is the same to the byte.
"""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any
from uuid import UUID

from app.emails.messages import BrokenWords, Message

_SAME_IN_MANY = frozenset(
    {
        "date",
        "subject",
        "auto-submitted",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
    }
)
_KEPT = 256


class _Headers(HeaderRegistry):
    """The library's headers, with one class for each name."""

    @lru_cache(maxsize=64)  # noqa: B019 - the only one there is lives as long as the process
    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name)


_HEADERS = _Headers()
_parsed = lru_cache(maxsize=_KEPT)(_HEADERS)


class _Policy(EmailPolicy):
    """The library's SMTP policy, which remembers the headers that many mails share."""

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        if type(value) is not str or name.lower() not in _SAME_IN_MANY or len(value.splitlines()) > 1:
            return super().header_store_parse(name, value)
        return name, _parsed(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        # A boundary is another one in each mail.
        if name.lower() not in _SAME_IN_MANY or "boundary=" in value:
            return super().fold_binary(name, value)
        return _folded(name, value)


POLICY = _Policy(linesep="\r\n", raise_on_defect=False, header_factory=_HEADERS)


@lru_cache(maxsize=_KEPT)
def _folded(name: str, value: Any) -> bytes:
    return EmailPolicy.fold_binary(POLICY, name, value)


@lru_cache(maxsize=16)
def _from(name: str, address: str) -> Any:
    return _HEADERS("From", Address(name, addr_spec=address))


@lru_cache(maxsize=_KEPT)
def _reply_to(address: str) -> Any:
    return _HEADERS("Reply-To", Address("", addr_spec=address))


def email_of(message: Message, *, notice_id: UUID, to: str, sender: str, now: datetime) -> EmailMessage:
    """Return the mail. Raises BrokenWords for an address or a subject that no header may hold."""
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=POLICY)
    try:
        mail["From"] = _from(name, address)
        mail["To"] = Address("", addr_spec=to)
        if message.reply_to and message.reply_to != address:
            mail["Reply-To"] = _reply_to(message.reply_to)
        mail["Subject"] = message.subject
    except (ValueError, IndexError) as fault:
        raise BrokenWords(f"a header refused what it was given: {fault}") from fault
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{notice_id}@{address.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for attachment in message.attachments:
        kind, _, subtype = attachment.media_type.partition("/")
        mail.add_attachment(
            attachment.content,
            maintype=kind,
            subtype=subtype,
            filename=attachment.file_name,
            params={"charset": "utf-8", **dict(attachment.parameters)},
        )
    return mail
