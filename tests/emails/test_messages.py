"""A notice becomes a message: readable, clean, and never able to forge a header."""

from datetime import timedelta
from email import message_from_bytes, policy
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.access import Role
from app.domain.notice_words import NOTICE_KINDS
from app.emails.links import absolute_link
from app.emails.markdown import to_both, typed
from app.emails.messages import BrokenWords, Message, kinds_with_words, message_of
from app.emails.mime import email_of
from app.extensions import transaction
from app.models import Notice, Organization, Person
from app.services.notices import owe_notice
from tests.factories import make_draft, make_opening, make_person, make_staff

SENDER = "Partners for Justice <apply@example.org>"


def to_html(markdown: str) -> str:
    return to_both(markdown)[0]


def to_text(markdown: str) -> str:
    return to_both(markdown)[1]


def a_notice(session: Session, kind: str = "draft_reminder", person: Person | None = None, **context: object) -> Notice:
    application = make_draft(make_opening(), person)
    with transaction():
        key = owe_notice(
            kind,
            subject_id=application.id,
            recipient=application.person,
            application=application,
            now=now(),
            context=context,
        )
    return session.get_one(Notice, key)


def test_a_mail_is_text_and_html_with_the_link_written_out(session: Session) -> None:
    notice = a_notice(session, step="2 days")
    message = message_of(notice)
    link = absolute_link("applicant.tasks.show", application_id=notice.application_id)
    assert link == f"http://localhost/applications/{notice.application_id}"
    assert message.subject == "Your application is saved and waiting for you"
    assert f"Go on with your application:\n{link}\n" in message.text
    assert f'<a href="{link}"' in message.html
    assert "<strong>" in message.html and "**" not in message.text
    assert "help" not in message.subject


def test_what_people_typed_stays_plain_text(session: Session) -> None:
    person = make_person("[Win](https://evil.example) <script>x</script> **Bold**\n\n# Big", "evil@example.org")
    message = message_of(a_notice(session, person=person, step="2 days"))
    assert "[Win](https://evil.example) <script>x</script> **Bold**\n# Big" in message.text
    assert "<script" not in message.html
    assert 'href="https://evil' not in message.html
    assert "<h1" not in message.html


def test_markdown_becomes_plain_text_that_reads_well() -> None:
    markdown = "Hello **Maya**,\n\n1. one\n2. two\n\n- [page](https://a.example/x)\n\nhttps://b.example/y_z_\n"
    assert (
        to_text(markdown) == "Hello Maya,\n\n1. one\n2. two\n\n- page:\nhttps://a.example/x\n\nhttps://b.example/y_z_\n"
    )
    assert '<a href="https://b.example/y_z_" rel="noopener noreferrer">' in to_html(markdown)
    assert to_html("<b onclick=x>raw</b> [x](javascript:alert(1))").find("<b") == -1


@pytest.mark.parametrize("words", ["a_b_c *x* 1. y", "line\n- not a list", "# not a heading", "<https://x.example>"])
def test_typed_words_come_out_as_they_went_in(words: str) -> None:
    assert to_text(f"Before {typed(words)} after") == f"Before {words} after\n"


def an_email(subject: str = "Hello", to: str = "maya@example.org") -> bytes:
    mail = email_of(Message(subject, "Text\n", "<p>Text</p>"), notice_id=UUID(int=7), to=to, sender=SENDER, now=now())
    return mail.as_bytes()


def test_the_message_id_is_the_notices_id(session: Session) -> None:
    mail = message_from_bytes(an_email(), policy=policy.default)
    assert mail["Message-ID"] == f"<{UUID(int=7)}@example.org>"
    assert mail["From"] == "Partners for Justice <apply@example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: c@d.example", "a@b\nX: y", "", "a", "a@b.example, c@d.example"])
def test_an_address_cannot_forge_a_header(session: Session, to: str) -> None:
    with pytest.raises(BrokenWords):
        an_email(to=to)


def test_a_subject_cannot_forge_a_header(session: Session) -> None:
    with pytest.raises(BrokenWords):
        an_email(subject="Hello\r\nBcc: c@d.example")


def a_mail_without_an_opening(session: Session, kind: str, person: Person, **context: object) -> Message:
    with transaction():
        key = owe_notice(kind, subject_id=uuid4(), recipient=person, now=now(), context=context)
    return message_of(session.get_one(Notice, key))


def test_mails_without_an_opening_name_the_organizations_own_help_address(session: Session) -> None:
    opening = make_opening()
    help_email = opening.organization.help_email
    code = a_mail_without_an_opening(session, "sign_in_code", make_person(), code="123456", token="t", known=True)
    reader = make_staff(opening, Role.READER)
    digest = a_mail_without_an_opening(session, "reading_overdue", reader, count=2, oldest=now().isoformat())
    for message in (code, digest):
        assert (message.reply_to, f"write to {help_email}" in message.text, help_email in message.html) == (
            help_email,
            True,
            True,
        )
        assert "placewell.example" not in message.text + message.html


def test_a_reader_of_one_of_two_organizations_hears_from_their_own(session: Session) -> None:
    opening = make_opening()
    with transaction() as other:
        other.add(Organization(slug="other", name="Other", help_email="help@other.example", time_zone="UTC"))
    reader = make_staff(opening, Role.READER)
    digest = a_mail_without_an_opening(session, "reading_overdue", reader, count=1, oldest=now().isoformat())
    assert digest.reply_to == opening.organization.help_email
    # Whose code it is cannot be told then: the sender's own address.
    code = a_mail_without_an_opening(session, "sign_in_code", make_person(), code="123456", token="t", known=True)
    assert code.reply_to == "apply@placewell.example"


def test_an_answer_goes_to_the_help_address(session: Session) -> None:
    message = Message("Hello", "Text\n", "<p>Text</p>", reply_to="help@example.org")
    mail = email_of(message, notice_id=UUID(int=7), to="maya@example.org", sender=SENDER, now=now())
    assert (mail["Reply-To"], mail["From"]) == ("help@example.org", SENDER)


def test_a_page_that_does_not_exist_leads_to_the_start_page(session: Session) -> None:
    assert absolute_link("nowhere.at.all", application_id=uuid4()) == "http://localhost/"


def test_every_kind_with_words_has_a_name_for_staff(session: Session) -> None:
    assert kinds_with_words() - set(NOTICE_KINDS) == set()


def test_moments_in_the_context_come_back_as_moments(session: Session) -> None:
    deadline = now() + timedelta(days=3)
    message = message_of(a_notice(session, "recording_reminder", step="3 days before", deadline=deadline.isoformat()))
    assert "Central" in message.text
    assert deadline.isoformat() not in message.text
