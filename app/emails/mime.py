"""A message becomes the bytes that leave. Its Message-ID is the notice's id: a double can be told."""

from __future__ import annotations

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from uuid import UUID

from app.emails.messages import BrokenWords, Message

POLICY = SMTP.clone(raise_on_defect=False)


def email_of(message: Message, *, notice_id: UUID, to: str, sender: str, now: datetime) -> EmailMessage:
    """Return the mail. Raises BrokenWords for an address or a subject that no header may hold."""
    name, address = parseaddr(sender)
    mail = EmailMessage(policy=POLICY)
    try:
        mail["From"] = Address(name, addr_spec=address)
        mail["To"] = Address("", addr_spec=to)
        if message.reply_to and message.reply_to != address:
            mail["Reply-To"] = Address("", addr_spec=message.reply_to)
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
