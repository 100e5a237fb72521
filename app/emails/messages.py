"""A notice becomes a message. The words live in templates/emails/<kind>.md, the frame in layout.html."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app
from flask_babel import force_locale, gettext, ngettext
from jinja2 import Environment

from app.domain.courtesy import DIGEST
from app.emails.calendar import CALENDARS
from app.emails.links import absolute_link
from app.emails.markdown import Safe, inline_text, to_both, typed
from app.emails.organization import who_writes
from app.extensions import db
from app.models.application import Application
from app.models.notice import Notice
from app.models.opening import Opening

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_FIRST_LINK = re.compile(r"\]\((https?://[^()\s]+)\)")
_ENVIRONMENT = "placewell_email_environment"


class BrokenWords(Exception):
    """A template cannot be made into a message; the text says why."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message; `media_type` is like "text/calendar"."""

    file_name: str
    media_type: str
    content: bytes
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    subject: str
    text: str
    html: str
    attachments: tuple[Attachment, ...] = ()
    # Where an answer goes; the sender's address is only the program's.
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Somebody:
    """A recipient without an account."""

    email: str
    language: str
    id: None = None
    full_name: None = None

    @property
    def name(self) -> str:
        return self.email


def kinds_with_words() -> frozenset[str]:
    """Return every kind of notice that has a template."""
    folder = Path(current_app.root_path).parent / "templates" / "emails"
    return frozenset(path.stem for path in folder.glob("*.md"))


def message_of(notice: Notice) -> Message:
    """Render the notice from the state that is committed now, in the language of its recipient.

    Raises BrokenWords where the template has no words or no subject.
    """
    with force_locale(notice.language):
        subject, body = _words_of(notice)
        ends = _frame(notice)
        html_body, text_body = to_both(body)
        frame = {"subject": subject, "body": html_body, "lang": notice.language, **ends}
        html = current_app.jinja_env.get_template("emails/layout.html").render(frame)
        text = text_body + "\n" + current_app.jinja_env.get_template("emails/footer.txt").render(frame)
        build = CALENDARS.get(notice.kind)
        calendar = build(notice) if build is not None else None
    attachments = (
        ()
        if calendar is None
        else (Attachment(calendar.name, "text/calendar", calendar.content, (("method", calendar.method),)),)
    )
    return Message(subject, text, html, attachments, reply_to=ends["help_email"])


def _words_of(notice: Notice) -> tuple[str, str]:
    """Return the subject, and the text as Markdown."""
    source = _environment().get_template(f"emails/{notice.kind}.md").render(_variables(notice))
    first, _, body = source.lstrip().partition("\n")
    if not first.startswith("Subject:") or not body.strip():
        raise BrokenWords(f"templates/emails/{notice.kind}.md needs a first line “Subject: …” and a text")
    subject = inline_text(first.removeprefix("Subject:").strip())
    if not subject or any(ord(sign) < 32 for sign in subject):
        raise BrokenWords(f"the subject of {notice.kind} is empty or holds a control character")
    return subject, body


def _folded(notice: Notice) -> list[dict[str, str]]:
    """Return subject and link of each reminder that this digest holds and that still speaks of what is so."""
    found = []
    for key in notice.context.get("notices", ()):
        other = db.session.get(Notice, UUID(key))
        if other is None:
            continue
        application = db.session.get(Application, other.application_id) if other.application_id else None
        if application is not None and other.context.get("while_state") not in (None, application.state):
            continue
        subject, body = _words_of(other)
        link = _FIRST_LINK.search(body)
        found.append({"subject": subject, "link": Safe(link[1] if link else current_app.config["BASE_URL"])})
    return found


def _variables(notice: Notice) -> dict[str, Any]:
    application = db.session.get(Application, notice.application_id) if notice.application_id else None
    return {
        "notice": notice,
        "person": notice.recipient or Somebody(notice.recipient_email, notice.language),
        "application": application,
        "opening": _opening(notice, application),
        "context": {name: _revived(value) for name, value in notice.context.items()},
        "folded": _folded(notice) if notice.kind == DIGEST else [],
        "link": _link,
        # A mail may leave late: what it says of the time is worked out now.
        "now": current_app.extensions["placewell_now"],
        "_": _gettext,
        "gettext": _gettext,
        "ngettext": _ngettext,
    }


def _revived(value: Any) -> Any:
    """Return a moment or a day that was kept as JSON, so that the filters `when` and `day` take it."""
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date.fromisoformat(value)
    return value


def _opening(notice: Notice, application: Application | None) -> Opening | None:
    if application is not None:
        return application.opening
    opening_id = notice.context.get("opening_id")
    return db.session.get(Opening, opening_id) if opening_id else None


def _frame(notice: Notice) -> dict[str, Any]:
    """What every mail ends with: who writes, and where a person answers."""
    application = db.session.get(Application, notice.application_id) if notice.application_id else None
    writer = who_writes(notice, _opening(notice, application))
    return {
        "organization": writer.name,
        "help_email": writer.help_email,
        "help_phone": writer.help_phone,
        "base_url": current_app.config["BASE_URL"],
    }


def _environment() -> Environment:
    """The app's templates, with everything that is put into a text escaped for Markdown."""
    if _ENVIRONMENT not in current_app.extensions:
        current_app.extensions[_ENVIRONMENT] = current_app.jinja_env.overlay(
            autoescape=False, finalize=_finalize, trim_blocks=True, lstrip_blocks=True
        )
    environment: Environment = current_app.extensions[_ENVIRONMENT]
    return environment


def _finalize(value: Any) -> Any:
    """Escape a value, except an address on our own site (a one-time link that a service made)."""
    base = current_app.config["BASE_URL"].rstrip("/")
    if isinstance(value, str) and value.startswith(f"{base}/") and not set(value) & set(" \r\n\t<>()[]"):
        return Safe(value)
    return typed(value)


def _link(endpoint: str, **values: Any) -> Safe:
    return Safe(absolute_link(endpoint, **values))


def _translated(translate: Any, *messages: Any, **values: Any) -> Safe:
    return Safe(translate(*messages, **{name: typed(value) for name, value in values.items()}))


_gettext = partial(_translated, gettext)
_ngettext = partial(_translated, ngettext)
