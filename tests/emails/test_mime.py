"""The bytes of a mail: those of the standard library, though most headers are made once for many mails."""

import random
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from itertools import product
from uuid import UUID

from app.emails.messages import Attachment, Message
from app.emails.mime import email_of

WHEN = datetime(2026, 11, 22, 10, tzinfo=UTC)
SUBJECTS = (
    "2 reviews are overdue",
    "Tu solicitud: ¿cómo sigue?",
    "A long one " * 12,
    "=?utf-8?q?odd?=",
    "“Quoted”, é" * 9,
)
TEXTS = ("Short\n", "A long line " * 20 + "\n", "Ünï — " * 30 + "\n\n- a\n- b\n", ".\n..\nFrom me\n")
PEOPLE = ("maya@example.org", "o'neil.m+x@example.org", "jose@exämple.org", '"odd one"@example.org')
CALENDAR = Attachment("interview.ics", "text/calendar", b"BEGIN:VCALENDAR\r\n", (("method", "PUBLISH"),))


def as_the_library_says(message: Message, to: str, key: UUID) -> bytes:
    """The same mail without anything that is kept."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address("Partners for Justice", addr_spec="apply@placewell.example")
    mail["To"] = Address("", addr_spec=to)
    mail["Reply-To"] = Address("", addr_spec=str(message.reply_to))
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(WHEN)
    mail["Message-ID"] = f"<{key}@placewell.example>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    mail.add_alternative(message.html, subtype="html")
    for one in message.attachments:
        mail.add_attachment(
            one.content,
            maintype="text",
            subtype="calendar",
            filename=one.file_name,
            params={"charset": "utf-8", **dict(one.parameters)},
        )
    return mail.as_bytes()


def test_a_mail_has_the_bytes_that_the_library_would_give_it() -> None:
    for number, (subject, text, to) in enumerate(product(SUBJECTS, TEXTS, PEOPLE)):
        files = (CALENDAR,) if number % 3 == 0 else ()
        message = Message(subject, text, f"<p>{text}</p>", files, reply_to=f"help{number % 2}@example.org")
        key = UUID(int=number)
        random.seed(number)  # the boundary is drawn by lot
        expected = as_the_library_says(message, to, key)
        random.seed(number)
        sender = "Partners for Justice <apply@placewell.example>"
        assert email_of(message, notice_id=key, to=to, sender=sender, now=WHEN).as_bytes() == expected, (subject, to)
