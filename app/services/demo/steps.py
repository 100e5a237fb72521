"""One step of one person's way, each through the real services; the demo's history and its shortcuts share them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from app.adapters.filestore import FileStore
from app.adapters.media import make_sample_recording
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.models.application import Application
from app.models.final_interview import Booking
from app.models.opening import Question
from app.models.person import Person
from app.models.reading import ReadingAssignment
from app.models.recording import RecordedInterview, RecordingReview
from app.queries.applications import document_kind_of, questions_of, rankable_offices, rules_of
from app.queries.final_interviews import live_booking, open_slots
from app.queries.openings import questions_of as questions_of_opening
from app.queries.reading import rubrics_for_answer, rubrics_for_final, rubrics_for_resume
from app.queries.recordings import interview_of
from app.services.answers import save_answer
from app.services.applications import (
    Contact,
    attestations_of,
    save_attestations,
    save_background,
    save_contact,
    save_eligibility,
    submit_application,
)
from app.services.demo.cast import Applicant
from app.services.demo.texts import answer_to_question, resume_of, written_answer
from app.services.documents import save_pasted
from app.services.final_interviews import ScorecardInput, book_slot, save_scorecard, submit_scorecard
from app.services.ranking import save_ranking
from app.services.reading import save_resume_scores, save_scores
from app.services.recordings import (
    assemble_due_takes,
    finish_take,
    give_consent,
    keep_slice,
    keep_take,
    open_segment,
    save_recording_review,
    submit_recording,
    write_answer,
)
from app.services.recordings.reviews import wanted_scores
from app.services.storage import file_store

SAMPLE_KEY = "demo/prepared-recording.webm"
SAMPLE_SECONDS = 8
SLICE_BYTES = 64 * 1024
EVIDENCE = (
    "Told it with detail: what was said, what they did next, and what they would do differently.",
    "Asked a question back before answering, and named the limit without being asked.",
    "A clear example from paid work; knew when to bring in somebody else.",
    "Stayed calm in the role play, found out what the landlord needed, and offered a next step.",
    "Spoke of people with respect and of the system without slogans.",
)
STRENGTHS = (
    "Listens before offering anything. Writes plainly, and keeps promises small enough to keep them. Calm on the phone"
    " with people who are not."
)


def seen_from(value: int, ordinal: int, place: int) -> int:
    """A score near `value`: readers differ by one at most, so that no third reading is called for."""
    wobble = 1 if (place * 7 + ordinal * 3) % 5 == 0 else 0
    return max(1, min(4, value + wobble if value < 3 else value - wobble))


def fill_draft(who: Applicant, person: Person, application: Application, *, part: int, now: datetime) -> None:
    """Fill in one part of a draft: 1 contact, eligibility, résumé, background, answers, offices, 7 statements."""
    by = person.id
    work: Sequence[Callable[[], object]] = (
        lambda: save_contact(application, _contact(who), by=by, now=now),
        lambda: save_eligibility(application, _eligible(application), by=by, now=now),
        lambda: _resume(who, application, now),
        lambda: save_background(
            application,
            spanish=who.spanish,
            statement=who.statement,
            statement_readers=("interviewer", "manager"),
            by=by,
            now=now,
        ),
        lambda: _write(who, application, now),
        lambda: _rank(who, application, now),
        lambda: save_attestations(application, attestations_of(application.opening), by=by, now=now),
    )
    work[part - 1]()


def send(application: Application, *, now: datetime) -> None:
    """Send the application."""
    submit_application(application, by=application.person_id, now=now, short_is_meant=True)


def _contact(who: Applicant) -> Contact:
    return Contact(
        full_name=who.name,
        used_name=who.used_name,
        pronunciation=who.pronunciation,
        pronouns=who.pronouns,
        phone=f"(573) 555-{who.voice * 7 % 100 + 100:04d}",
        city=who.town,
        state="MO",
    )


def _eligible(application: Application) -> dict[str, bool]:
    return {
        condition.id: not condition.excludes_when for rule in rules_of(application) for condition in rule.conditions
    }


def _resume(who: Applicant, application: Application, now: datetime) -> None:
    kind = document_kind_of(application.opening_id, "resume")
    assert kind is not None
    text = resume_of(who.voice, who.name, who.town)
    save_pasted(application, kind, text=text, by=application.person_id, now=now)


def _write(who: Applicant, application: Application, now: datetime) -> None:
    for place, question in enumerate(questions_of(application)):
        # Each question in another voice where one is used a second time, so that no two people read alike.
        voice = who.voice + (who.voice // 12) * (place + 1)
        text = answer_to_question(question.slug, voice)
        save_answer(application, question, text, by=application.person_id, now=now, finished=True)


def _rank(who: Applicant, application: Application, now: datetime) -> None:
    ids = {row.office.slug: row.office_id for row in rankable_offices(application)}
    ranks = {ids[slug]: rank for rank, slug in enumerate(who.ranks, start=1)}
    save_ranking(application, ranks, [ids[slug] for slug in who.not_here], by=application.person_id, now=now)


# ---- readings and reviews -------------------------------------------------------------------------


def score_answer(reading: ReadingAssignment, value: int, *, now: datetime) -> None:
    """One reader scores one answer."""
    assert reading.answer is not None
    place = reading.answer.question.position
    rubrics = rubrics_for_answer(reading.answer.question)
    values = {rubric.id: seen_from(value, reading.ordinal, place + number) for number, rubric in enumerate(rubrics)}
    save_scores(reading, values, note=None, by=reading.reader_id, now=now)


def score_resume(reading: ReadingAssignment, value: int, *, now: datetime) -> None:
    """The résumé's reader scores it."""
    rubrics = rubrics_for_resume(reading.application.opening_id)
    values = {rubric.id: seen_from(value, 1, number) for number, rubric in enumerate(rubrics)}
    save_resume_scores(reading, values, note=None, by=reading.reader_id, now=now)


def score_recording(review: RecordingReview, value: int, *, now: datetime) -> None:
    """The reviewer scores every recorded answer."""
    make_ready(now=now)
    wanted = sorted(wanted_scores(review.interview.application), key=str)
    values = {pair: seen_from(value, 1, number) for number, pair in enumerate(wanted)}
    note = "Warm and clear. The second answer had a plan and a second plan." if value >= 3 else "Hard to follow."
    save_recording_review(review, values, note=note, by=review.reviewer_id, now=now)


# ---- the recorded interview -----------------------------------------------------------------------


def record_with_sample(application: Application, *, now: datetime) -> None:
    """Answer every question with the prepared recording, slice by slice as a browser sends it, and send all."""
    interview = _consented(application, now)
    sample = sample_recording(file_store())
    for question in questions_of_opening(application.opening, "recorded"):
        _record(interview, question, sample, now)
    submit_recording(application, by=application.person_id, now=now)
    make_ready(now=now)


def answer_in_writing(application: Application, voice: int, *, now: datetime) -> None:
    """Answer every question in words, and send all."""
    interview = _consented(application, now)
    for question in questions_of_opening(application.opening, "recorded"):
        write_answer(interview, question, written_answer(question.slug, voice), now=now)
    submit_recording(application, by=application.person_id, now=now)


def make_ready(*, now: datetime) -> None:
    """Make the files that play, as the worker does."""
    while assemble_due_takes(now=now):
        pass


def sample_recording(store: FileStore) -> bytes:
    """Return the prepared recording, made once."""
    if not store.exists(SAMPLE_KEY):
        with TemporaryDirectory() as folder:
            path = Path(folder) / "sample.webm"
            make_sample_recording(path, seconds=SAMPLE_SECONDS)
            store.put(SAMPLE_KEY, path)
    return store.get(SAMPLE_KEY)


def _consented(application: Application, now: datetime) -> RecordedInterview:
    interview = interview_of(application.id)
    assert interview is not None
    give_consent(interview, now=now)
    return interview


def _record(interview: RecordedInterview, question: Question, sample: bytes, now: datetime) -> None:
    segment = open_segment(interview, question, mime="video/webm;codecs=vp8,opus", audio_only=False, now=now)
    pieces = [sample[start : start + SLICE_BYTES] for start in range(0, len(sample), SLICE_BYTES)]
    for index, piece in enumerate(pieces):
        keep_slice(segment, index, piece, now=now)
    finish_take(interview, question, {segment.id: len(pieces)}, seconds=SAMPLE_SECONDS, now=now)
    keep_take(interview, question, now=now)


# ---- the final interview --------------------------------------------------------------------------


def book_first_time(
    application: Application, *, after: datetime | None = None, prefer: UUID | None = None, now: datetime
) -> Booking:
    """Book the first open time (from a moment on), with the preferred interviewer where she has one."""
    times = [slot for slot in open_slots(application.opening_id, now=now) if after is None or slot.starts_at >= after]
    wanted = [slot for slot in times if slot.interviewer_id == prefer] or times
    if not wanted:
        raise Refusal(N_("No interview time is open any more. Be Priya and publish some, or start the demo again."))
    return book_slot(application, wanted[0], format="video", needs=None, by=application.person_id, now=now)


def hold_interview(application: Application, value: int, *, spanish: str | None = None, now: datetime) -> None:
    """The interviewer fills in the scorecard and sends it."""
    booking = live_booking(application.id)
    assert booking is not None
    rubrics = rubrics_for_final(application.opening_id)
    card = ScorecardInput(
        values={rubric.id: seen_from(value, 1, number) for number, rubric in enumerate(rubrics)},
        evidence={rubric.id: EVIDENCE[number % len(EVIDENCE)] for number, rubric in enumerate(rubrics)},
        notes="Asked about the commute and about training in the first month.",
        strengths=STRENGTHS,
        speaks_spanish=spanish is not None,
        spanish_level=spanish,
    )
    by = booking.slot.interviewer_id
    submit_scorecard(save_scorecard(booking, card, by=by, now=now), by=by, now=now)
