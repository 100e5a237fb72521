"""The applicant's way from the start to the sending, through the pages."""

import io
import re
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.adapters import filestore
from app.extensions import db
from app.models import Answer, AnswerVersion, Application, Change, Document, Notice, Opening, Person, ReadingAssignment
from app.queries.applications import documents_in_force, parts_of, questions_of
from app.services.storage import file_store
from tests.adapters.hostile_documents import pdf, pdf_with_password
from tests.factories import ANSWER, make_draft, make_opening, make_person, make_readers, sign_in

YES = {"office-interest": "yes", "transportation": "yes", "early-career": "yes", "entry-level-is-fine": "yes",
       "related-experience": "yes"}  # fmt: skip
NO = {"social-work-license": "no", "law-degree": "no"}
OFFICES = ("farmington", "hillsboro", "jackson", "monett", "ava", "nevada", "rolla", "saint-joseph")


@pytest.fixture
def opening_id(app: Flask) -> UUID:
    with app.app_context():
        opening = make_opening()
        make_readers(opening, 2)
        return opening.id


@pytest.fixture
def maya(app: Flask, client: FlaskClient) -> UUID:
    with app.app_context():
        person_id = make_person("", "maya@example.org").id
    sign_in(client, person_id)
    return person_id


@pytest.fixture
def draft(app: Flask, opening_id: UUID, client: FlaskClient) -> str:
    """A finished draft of the signed-in person; its address."""
    with app.app_context():
        person = make_person("Maya Example", "maya@example.org")
        application = make_draft(db.session.get_one(Opening, opening_id), person)
        path, person_id = f"/applications/{application.id}", person.id
    sign_in(client, person_id)
    return path


def _start(client: FlaskClient, opening_id: UUID) -> str:
    started = client.post(f"/applications/start/{opening_id}")
    assert started.status_code == 302
    return str(started.location)


def _confirm(page: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r'name="(confirm-[a-z-]+)"', page), "y")


def test_a_whole_application_is_written_and_sent(app: Flask, client: FlaskClient, opening_id: UUID, maya: UUID) -> None:
    here = _start(client, opening_id)
    assert "0 of 7 parts finished" in client.get(here).text
    details = {"full_name": "Maya O’Brien-Núñez", "phone": "(573) 555-0123", "time_zone": "America/Chicago"}
    assert client.post(f"{here}/contact", data=details).status_code == 302
    assert client.post(f"{here}/eligibility", data=YES | NO).status_code == 302
    resume = {"file": (io.BytesIO(pdf()), "cv.pdf")}
    assert client.post(f"{here}/documents/resume", data=resume).location == here
    assert client.post(f"{here}/background", data={"spanish": "professional"}).status_code == 302
    assert "4 of 7 parts finished" in client.get(here).text
    with app.app_context():
        questions = [question.id for question in questions_of(db.session.scalars(select(Application)).one())]
    for question in questions:
        saved = client.post(f"{here}/answers/{question}", data={"text": ANSWER, "action": "finished"})
        assert saved.status_code == 302
    ranks = dict.fromkeys((f"rank-{slug}" for slug in OFFICES), "no") | {"rank-rolla": "1", "rank-jackson": "2"}
    assert client.post(f"{here}/offices", data=ranks).status_code == 302
    assert "Ready to send, not sent yet." in client.get(here).text

    review = client.get(f"{here}/review").text
    sent = client.post(f"{here}/review", data=_confirm(review))
    assert (sent.status_code, sent.location) == (302, f"{here}/status")
    again = client.post(f"{here}/review", data=_confirm(review))
    assert (again.status_code, again.location) == (302, f"{here}/status")
    status = client.get(f"{here}/status").text
    assert "We are reading your answers" in status
    with app.app_context():
        application = db.session.scalars(select(Application)).one()
        assert application.reference in status
        assert [change.event for change in application.changes] == ["start_application", "submit_application"]
        assert application.person.phone == "+15735550123"
        assert [choice.office.slug for choice in application.choices if choice.rank] == ["rolla", "jackson"]
        kinds = db.session.scalars(select(Notice.kind).where(Notice.recipient_email == "maya@example.org"))
        assert sorted(kinds) == ["application_received", "draft_saved"]
        assert db.session.scalar(select(func.count()).select_from(ReadingAssignment)) == 10


def test_starting_twice_gives_the_same_application(client: FlaskClient, opening_id: UUID, maya: UUID) -> None:
    assert _start(client, opening_id) == _start(client, opening_id)
    assert client.get(f"/applications/start/{opening_id}").status_code == 302


def test_answers_from_the_public_check_are_kept_with_their_version(
    app: Flask, client: FlaskClient, opening_id: UUID, maya: UUID
) -> None:
    with client.session_transaction() as session:
        session["eligibility"] = {str(opening_id): {"version": 1, "answers": {"transportation": True, "other": True}}}
    _start(client, opening_id)
    with app.app_context():
        application = db.session.scalars(select(Application)).one()
        assert application.eligibility_answers == {"transportation": True}
        assert application.eligibility_rules_id is not None
    with client.session_transaction() as session:
        assert session["eligibility"] == {}


def test_a_closed_opening_takes_no_new_application(
    app: Flask, client: FlaskClient, opening_id: UUID, maya: UUID
) -> None:
    with app.app_context():
        db.session.get_one(Opening, opening_id).status = "closed"
        db.session.commit()
    page = client.post(f"/applications/start/{opening_id}", follow_redirects=True)
    assert "takes no applications now" in page.text


def test_another_persons_draft_does_not_exist(app: Flask, draft: str) -> None:
    with app.app_context():
        stranger = make_person("Stranger").id
    client = sign_in(app.test_client(), stranger)
    for path in ("", "/contact", "/eligibility", "/documents/resume", "/background", "/answers", "/offices", "/review",
                 "/adjustments", "/status", "/withdraw"):  # fmt: skip
        assert client.get(draft + path).status_code == 404, path
    assert client.post(draft + "/withdraw").status_code == 404


# ---- contact -----------------------------------------------------------------------------------


def test_a_wrong_phone_number_is_refused_at_the_field_and_the_rest_is_kept(
    app: Flask, client: FlaskClient, draft: str
) -> None:
    page = client.post(draft + "/contact", data={"full_name": "Mö", "phone": "call me", "city": "Ava"})
    assert page.status_code == 400
    assert 'href="#phone"' in page.text and 'value="call me"' in page.text
    assert "<title>Error: " in page.text
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.email == "maya@example.org")).one()
        assert (person.full_name, person.city, person.phone) == ("Mö", "Ava", "+15735550100")


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200b", "a\0b", "x" * 300])
def test_a_name_that_cannot_be_kept_is_refused_in_plain_words(client: FlaskClient, draft: str, name: str) -> None:
    page = client.post(draft + "/contact", data={"full_name": name, "time_zone": "America/Chicago"})
    assert page.status_code == 400
    assert "There is a problem" in page.text


@pytest.mark.parametrize("name", ["Null", "Li", "O'Brien-Núñez", "<script>alert(1)</script>", "{{ 7*7 }}", "X"])
def test_every_name_is_taken_as_it_is(client: FlaskClient, draft: str, name: str) -> None:
    assert client.post(draft + "/contact", data={"full_name": name, "time_zone": "America/Chicago"}).status_code == 302
    assert "<script>alert" not in client.get(draft).text
    assert 'value="49"' not in client.get(draft + "/contact").text


# ---- eligibility -------------------------------------------------------------------------------


def test_an_excluding_answer_is_kept_and_says_why_and_what_else(app: Flask, client: FlaskClient, draft: str) -> None:
    page = client.post(draft + "/eligibility", data=YES | NO | {"law-degree": "yes"}, follow_redirects=True)
    assert "we cannot place you" in page.text and "Ask a person to look at your case" in page.text
    sent = client.post(draft + "/review", data=_confirm(client.get(draft + "/review").text))
    assert sent.status_code == 422
    with app.app_context():
        assert db.session.scalars(select(Application)).one().state == "draft"


def test_unanswered_questions_are_named_and_the_answered_ones_kept(
    app: Flask, client: FlaskClient, opening_id: UUID, maya: UUID
) -> None:
    here = _start(client, opening_id)
    page = client.post(here + "/eligibility", data={"transportation": "yes"})
    assert page.status_code == 400
    # Each is named by its question, in the summary and beside it; what helps and is not needed too.
    assert page.text.count("Choose yes or no: Do you have a law degree (JD)?") == 2
    assert page.text.count("Choose yes or no: Have you worked or volunteered") == 2
    with app.app_context():
        assert db.session.scalars(select(Application)).one().eligibility_answers == {"transportation": True}


# ---- documents ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "cv.pdf", "is empty"),
        (b"<html><body>hi</body></html>", "cv.pdf", "web page"),
        (b"MZ" + b"\0" * 2000, "cv.pdf.exe", "is a program"),
        (pdf_with_password(), "cv.pdf", "password protected"),
        (pdf()[:300], "cv.pdf", "could not open"),
    ],
)
def test_a_wrong_file_is_refused_at_the_field_and_the_old_one_stays(
    app: Flask, client: FlaskClient, draft: str, content: bytes, name: str, words: str
) -> None:
    page = client.post(draft + "/documents/resume", data={"file": (io.BytesIO(content), name)})
    assert page.status_code == 400
    assert words in page.text and 'href="#file"' in page.text
    with app.app_context():
        application = db.session.scalars(select(Application)).one()
        assert [document.source for document in documents_in_force(application.id)] == ["pasted"]


def test_a_file_of_more_than_ten_megabytes_is_refused_at_the_field(client: FlaskClient, draft: str) -> None:
    page = client.post(draft + "/documents/resume", data={"file": (io.BytesIO(b"%PDF" + b"0" * 11_000_000), "cv.pdf")})
    assert page.status_code == 413
    assert "smaller than 10 MB" in page.text and 'href="#file"' in page.text


def test_a_nearly_full_disk_refuses_files_before_anything_else_suffers(
    app: Flask, client: FlaskClient, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filestore, "KEPT_SHARE", 1.0)
    monkeypatch.setattr(filestore, "KEPT_BYTES", 1 << 62)
    with app.app_context():
        files = list(file_store().keys())
    page = client.post(draft + "/documents/resume", data={"file": (io.BytesIO(pdf()), "cv.pdf")})
    assert page.status_code == 507
    assert "could not save your file just now" in page.text and 'href="#file"' in page.text
    with app.app_context():
        assert list(file_store().keys()) == files
    # Pasted text is in the database, and still taken.
    assert client.post(draft + "/documents/resume", data={"text": "Case aide since 2023."}).status_code == 302


def test_two_files_in_one_field_and_none_at_all_are_refused(client: FlaskClient, draft: str) -> None:
    two = {"file": [(io.BytesIO(pdf()), "a.pdf"), (io.BytesIO(pdf()), "b.pdf")]}
    assert "only select one file" in client.post(draft + "/documents/resume", data=two).text
    assert client.post(draft + "/documents/nothing").status_code == 404


def test_a_replaced_document_stays_on_the_record(app: Flask, client: FlaskClient, draft: str) -> None:
    upload = {"file": (io.BytesIO(pdf("Case aide")), "../../etc/简历.pdf")}
    assert client.post(draft + "/documents/resume", data=upload).status_code == 302
    page = client.get(draft + "/documents/resume").text
    assert "简历.pdf" in page and "Case aide" in page
    with app.app_context():
        rows = db.session.scalars(select(Document).order_by(Document.uploaded_at)).all()
        assert [(row.source, row.replaced_at is None) for row in rows] == [("pasted", False), ("file", True)]


def test_an_optional_transcript_is_removed_again(app: Flask, client: FlaskClient, draft: str) -> None:
    client.post(draft + "/documents/transcript", data={"text": "Two years of evening classes."})
    with app.app_context():
        document = db.session.scalars(select(Document).where(Document.kind == "transcript")).one().id
    for _click in range(2):
        assert client.post(f"{draft}/documents/transcript/{document}/remove").status_code == 302
    assert "Two years" not in client.get(draft + "/documents/transcript").text


# ---- answers -----------------------------------------------------------------------------------


def _question(app: Flask, number: int = 0) -> UUID:
    with app.app_context():
        return questions_of(db.session.scalars(select(Application)).one())[number].id


def _shown_version(page: str) -> str:
    found = re.search(r'name="row_version"[^>]*value="(\d+)"', page)
    assert found is not None
    return found[1]


def test_autosave_counts_on_the_server_and_keeps_earlier_texts(app: Flask, client: FlaskClient, draft: str) -> None:
    path = f"{draft}/answers/{_question(app)}"
    reply = client.post(path + "/autosave", data={"text": "I met Dr. Lee. She helped. We won.", "row_version": "2"})
    assert reply.status_code == 200
    assert reply.json is not None
    assert (reply.json["meter"], reply.json["sentences_text"]) == (3, "3 sentences, within 3 to 6")
    assert reply.json["saved_at_text"].startswith("Saved at ")
    with app.app_context():
        assert ANSWER in db.session.scalars(select(AnswerVersion.text)).all()


def test_two_windows_see_both_texts(app: Flask, client: FlaskClient, draft: str) -> None:
    path = f"{draft}/answers/{_question(app)}"
    version = _shown_version(client.get(path).text)
    first = client.post(path, data={"text": "The first window.", "row_version": version, "action": "later"})
    assert first.status_code == 302
    second = client.post(path, data={"text": "Another window wrote this.", "row_version": version, "action": "later"})
    assert second.status_code == 409
    assert "The first window." in second.text and "Another window wrote this.</textarea>" in second.text
    assert client.post(path + "/autosave", data={"text": "Other", "row_version": version}).status_code == 409
    newer = _shown_version(second.text)
    third = client.post(path, data={"text": "Both, merged.", "row_version": newer, "action": "later"})
    assert third.status_code == 302
    with app.app_context():
        kept = set(db.session.scalars(select(AnswerVersion.text)))
        assert {ANSWER, "The first window.", "Another window wrote this."} <= kept


def test_an_answer_that_is_too_long_is_saved_and_then_refused(app: Flask, client: FlaskClient, draft: str) -> None:
    question = _question(app)
    text = "Long. " * 2000
    page = client.post(f"{draft}/answers/{question}", data={"text": text, "row_version": "2", "action": "finished"})
    assert page.status_code == 400
    assert "over the limit" in page.text
    with app.app_context():
        answer = db.session.scalars(select(Answer).where(Answer.question_id == question)).one()
        assert (answer.finished, len(answer.text)) == (False, len(text.strip()))


def test_an_answer_with_a_character_that_cannot_be_stored_stays_in_the_box(
    app: Flask, client: FlaskClient, draft: str
) -> None:
    path = f"{draft}/answers/{_question(app)}"
    page = client.post(path, data={"text": "Before\0after", "action": "finished"})
    assert page.status_code == 400
    assert "store" in page.text and "Beforeafter" in page.text
    assert client.post(path + "/autosave", data={"text": "a\0b"}).status_code == 422


def test_an_empty_answer_is_not_finished(app: Flask, client: FlaskClient, draft: str) -> None:
    path = f"{draft}/answers/{_question(app)}"
    page = client.post(path, data={"text": " \u200b ", "row_version": "2", "action": "finished"})
    assert page.status_code == 400
    with app.app_context():
        parts = parts_of(db.session.scalars(select(Application)).one())
        assert [(part.done, part.total) for part in parts.counted if part.key == "answers"] == [(4, 5)]


# ---- ranking -----------------------------------------------------------------------------------


def _ranks(**chosen: str) -> dict[str, str]:
    return dict.fromkeys((f"rank-{slug}" for slug in OFFICES), "no") | {f"rank-{k}": v for k, v in chosen.items()}


def test_the_same_rank_twice_names_both_offices_and_keeps_what_was_chosen(client: FlaskClient, draft: str) -> None:
    page = client.post(draft + "/offices", data=_ranks(rolla="1", ava="1"))
    assert page.status_code == 400
    assert "Ava and Rolla have the same rank, 1" in page.text


def test_at_least_one_office_is_needed(client: FlaskClient, draft: str) -> None:
    page = client.post(draft + "/offices", data=_ranks())
    assert page.status_code == 400
    assert "Rank at least one office." in page.text


def test_a_mark_is_kept_without_a_reason_and_contradictions_are_named(
    app: Flask, client: FlaskClient, draft: str
) -> None:
    page = client.post(draft + "/offices", data=_ranks(rolla="1") | {"not_here-rolla": "y"})
    assert page.status_code == 400
    assert "You ranked Rolla and also marked it" in page.text
    fine = _ranks(ava="3", rolla="1") | {"not_here-jackson": "y", "wait_until": "2030-02-30"}
    assert client.post(draft + "/offices", data=fine).status_code == 400
    fine["wait_until"] = ""
    assert client.post(draft + "/offices", data=fine).status_code == 302
    with app.app_context():
        choices = db.session.scalars(select(Application)).one().choices
        kept = {choice.office.slug: (choice.rank, choice.not_here) for choice in choices}
        assert kept == {
            **dict.fromkeys(OFFICES, (None, False)), "rolla": (1, False), "ava": (2, False), "jackson": (None, True)
        }  # fmt: skip


def test_an_office_that_is_not_of_the_opening_is_no_choice(client: FlaskClient, draft: str) -> None:
    page = client.post(draft + "/offices", data=_ranks(rolla="9"))
    assert page.status_code == 400


# ---- sending -----------------------------------------------------------------------------------


def test_missing_parts_and_statements_are_listed_with_links(
    app: Flask, client: FlaskClient, opening_id: UUID, maya: UUID
) -> None:
    here = _start(client, opening_id)
    page = client.post(here + "/review", data={"confirm-true-facts": "y"})
    assert page.status_code == 422
    for link in (f"{here}/contact", f"{here}/offices", "#confirm-own-words"):
        assert f'href="{link}"' in page.text
    with app.app_context():
        assert list(db.session.scalars(select(Application)).one().attestations) == ["true-facts"]


def test_short_answers_ask_once_and_may_be_sent_anyway(app: Flask, client: FlaskClient, draft: str) -> None:
    client.post(
        f"{draft}/answers/{_question(app)}", data={"text": "One only.", "row_version": "2", "action": "finished"}
    )
    confirmed = _confirm(client.get(draft + "/review").text)
    asked = client.post(draft + "/review", data=confirmed)
    assert asked.location == f"{draft}/review/short"
    page = client.get(asked.location).text
    assert "1 sentence, 3 to 6 asked" in page and "Send anyway" in page
    with app.app_context():
        assert db.session.scalars(select(Application)).one().state == "draft"
    assert client.post(asked.location).location == f"{draft}/status"
    with app.app_context():
        assert db.session.scalars(select(Application)).one().state == "answers_in_review"


def test_a_closed_opening_takes_no_draft_but_keeps_its_words(app: Flask, client: FlaskClient, draft: str) -> None:
    question = _question(app)
    confirmed = _confirm(client.get(draft + "/review").text)
    with app.app_context():
        db.session.scalars(select(Opening)).one().status = "closed"
        db.session.commit()
    assert "no longer takes applications" in client.get(draft).text
    late = client.post(f"{draft}/answers/{question}", data={"text": "Still typing.", "row_version": "2"})
    assert late.status_code == 302
    assert client.post(draft + "/review", data=confirmed).status_code == 409
    with app.app_context():
        application = db.session.scalars(select(Application)).one()
        assert application.state == "draft"
        assert "Still typing." in [answer.text for answer in application.answers]


def test_what_was_sent_can_no_longer_be_edited(app: Flask, client: FlaskClient, draft: str) -> None:
    question = _question(app)
    client.post(draft + "/review", data=_confirm(client.get(draft + "/review").text))
    for path in ("/eligibility", "/documents/resume", "/background", "/answers", f"/answers/{question}", "/review"):
        assert client.get(draft + path).location == f"{draft}/status", path
    assert client.post(f"{draft}/answers/{question}/autosave", data={"text": "No"}).status_code == 409
    assert client.get(draft).location == f"{draft}/status"


# ---- after sending -----------------------------------------------------------------------------


def test_the_ranking_may_change_after_sending_and_leaves_a_trace(app: Flask, client: FlaskClient, draft: str) -> None:
    client.post(draft + "/review", data=_confirm(client.get(draft + "/review").text))
    assert client.post(draft + "/offices", data=_ranks(ava="1")).location == f"{draft}/status"
    assert "Ava" in client.get(draft + "/status").text


def test_a_person_withdraws_once_and_is_told_what_is_kept(app: Flask, client: FlaskClient, draft: str) -> None:
    client.post(draft + "/review", data=_confirm(client.get(draft + "/review").text))
    assert "cannot be undone" in client.get(draft + "/withdraw").text
    for _click in range(2):
        done = client.post(draft + "/withdraw", data={"reason": "I found other work."})
        assert done.location == f"{draft}/status"
    page = client.get(draft + "/status").text
    assert "You withdrew your application" in page and "apply again" in page
    with app.app_context():
        application = db.session.scalars(select(Application)).one()
        last = db.session.scalars(select(Change).order_by(Change.seq.desc()).limit(1)).one()
        assert (application.state, last.event, last.reason) == (
            "withdrawn",
            "withdraw_application",
            "I found other work.",
        )
        states = set(db.session.scalars(select(ReadingAssignment.state)))
        assert states == {"cancelled"}


def test_an_adjustment_reaches_the_coordinator_once(app: Flask, client: FlaskClient, draft: str) -> None:
    assert client.post(draft + "/adjustments").status_code == 400
    wish = {"wishes": ["more_time", "captions"], "body": "Captions for the video, please."}
    for _click in range(2):
        assert client.post(draft + "/adjustments", data=wish).status_code == 302
    page = client.get(draft + "/adjustments").text
    assert page.count("With the coordinator") == 1 and "Captions for the video, please." in page
    assert "Captions for the video" not in client.get(draft + "/review").text


def test_lists_show_drafts_and_sent_ones(client: FlaskClient, draft: str) -> None:
    assert "Not sent yet" in client.get("/applications").text
    client.post(draft + "/review", data=_confirm(client.get(draft + "/review").text))
    assert "With us" in client.get("/applications").text


# ---- sessions ----------------------------------------------------------------------------------


def test_words_typed_after_the_session_ended_come_back_after_signing_in(
    app: Flask, client: FlaskClient, draft: str
) -> None:
    path = f"{draft}/answers/{_question(app)}"
    with app.app_context():
        person = db.session.scalars(select(Person).where(Person.email == "maya@example.org")).one().id
    with client.session_transaction() as session:
        session.clear()
    away = client.post(path, data={"text": "Typed for an hour.", "row_version": "2"})
    assert "kept%3D" in away.location
    sign_in(client, person)
    key = re.search(r"kept%3D([0-9a-f-]+)", away.location)
    assert key is not None
    assert "Typed for an hour.</textarea>" in client.get(f"{path}?kept={key[1]}").text
