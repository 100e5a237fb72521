"""Taking the person and the words out of the rows of an application. The steps, dates and results stay as counts.

Every column that holds what somebody wrote about or to the person has its line here; tests/services/test_retention.py
types a word into each and looks for it afterwards.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, or_, select, update

from app.extensions import db
from app.models.application import Answer, Application, Document, HelpRequest, OfficeChoice
from app.models.final_interview import Booking, Scorecard, ScorecardEntry
from app.models.notice import Notice
from app.models.person import ParkedPost, Person, RoleGrant, RoleInvitation, SignInAttempt, SignInCode
from app.models.placement import Meeting, MeetingInvitation, Offer, Placement, PlacementDecision
from app.models.reading import ReadingAssignment
from app.models.recording import (
    RecordedInterview,
    RecordedSegment,
    RecordedSlice,
    RecordedTake,
    RecordingReview,
    RecordingScore,
)
from app.models.retention import LegalHold
from app.models.routing import Pin, Proposal
from app.models.suppression import MailSuppression
from app.queries.applications import RANKING_PAGE
from app.queries.kept_files import takes_of
from app.queries.parking import unfinished_key
from app.services.audit import record

ADDRESS = "@erased.invalid"


def blank_application(application: Application, *, now: datetime) -> None:
    """Empty an application that the caller has locked; it belongs to nobody afterwards."""
    key = application.id
    application.erased_at = now
    nobody = _nobody(now)
    db.session.flush()
    # The app may not change history: this function of the owner takes out words and the person, nothing else.
    db.session.execute(select(func.erase_history(key, nobody.id)))
    application.person_id = nobody.id
    application.reference = f"X-{key.hex[:12]}"
    application.eligibility_answers, application.attestations = {}, {}
    application.lived_experience, application.lived_experience_readers = None, []
    db.session.flush()
    _delete_rows(key)
    delete_takes(key)
    _blank_judgments(key)
    _blank_placement(key)


def _nobody(now: datetime) -> Person:
    key = uuid4()
    person = Person(id=key, email=f"{key.hex}{ADDRESS}", used_name="–", created_at=now)
    db.session.add(person)
    db.session.flush()
    return person


def _delete_rows(key: UUID) -> None:
    for model in (Document, HelpRequest):
        _run(delete(model).where(model.application_id == key))
    _run(delete(Notice).where(or_(Notice.application_id == key, Notice.subject_id == key)))
    _run(delete(OfficeChoice).where(OfficeChoice.application_id == key, OfficeChoice.not_here))
    _run(delete(ParkedPost).where(ParkedPost.path.contains(str(key), autoescape=True)))
    _run(delete(ParkedPost).where(ParkedPost.id == unfinished_key(key, RANKING_PAGE)))
    _run(update(Answer).where(Answer.application_id == key).values(text="", readers_text=None))
    _run(update(LegalHold).where(LegalHold.application_id == key).values(reason="-", lift_reason="-"))


def delete_takes(application_id: UUID) -> None:
    """Let go of everything that was recorded or written as an interview; how many takes there were stays."""
    takes = takes_of(application_id)
    segments = select(RecordedSegment.id).where(RecordedSegment.take_id.in_(takes))
    _run(delete(RecordedSlice).where(RecordedSlice.segment_id.in_(segments)))
    _run(delete(RecordedSegment).where(RecordedSegment.take_id.in_(takes)))
    _run(
        update(RecordedTake)
        .where(RecordedTake.id.in_(takes))
        .values(
            storage_key=None, media_state="none", media_failure=None, media_type=None, size=None, sha256=None,
            written_text=None,
        )
    )  # fmt: skip


def _blank_judgments(key: UUID) -> None:
    interview = select(RecordedInterview.id).where(RecordedInterview.application_id == key)
    reviews = select(RecordingReview.id).where(RecordingReview.interview_id.in_(interview))
    cards = select(Scorecard.id).where(Scorecard.application_id == key)
    _run(update(RecordedInterview).where(RecordedInterview.application_id == key).values(adjustments={}))
    _run(update(ReadingAssignment).where(ReadingAssignment.application_id == key).values(note=None))
    _run(update(RecordingReview).where(RecordingReview.interview_id.in_(interview)).values(note=None))
    _run(update(RecordingScore).where(RecordingScore.review_id.in_(reviews)).values(note=None))
    _run(update(ScorecardEntry).where(ScorecardEntry.scorecard_id.in_(cards)).values(evidence=""))
    _run(update(Scorecard).where(Scorecard.application_id == key).values(notes="", strengths=""))
    _run(update(Booking).where(Booking.application_id == key).values(needs=None, cancel_reason=None))


def _blank_placement(key: UUID) -> None:
    proposals = select(Proposal.id).where(Proposal.application_id == key)
    _run(update(Pin).where(Pin.application_id == key).values(reason="-"))
    _run(update(Proposal).where(Proposal.application_id == key).values(passed_over=[]))
    _run(update(Meeting).where(Meeting.proposal_id.in_(proposals)).values(notes=""))
    _run(update(MeetingInvitation).where(MeetingInvitation.proposal_id.in_(proposals)).values(message="", place=""))
    _run(update(PlacementDecision).where(PlacementDecision.application_id == key).values(reason=None, conditions=None))
    _run(update(Offer).where(Offer.application_id == key).values(conditions=None, decline_reason=None))
    for column in (Placement.year2_reason, Placement.end_reason):
        _run(update(Placement).where(Placement.application_id == key, column.is_not(None)).values({column: "-"}))


def forget_person(person_id: UUID, *, now: datetime) -> bool:
    """Empty an account that has no application any more; False for whoever holds or held a role.

    The row stays, because the audit log names its id.
    """
    person = db.session.get_one(Person, person_id, with_for_update=True, populate_existing=True)
    staff = db.session.scalar(
        select(RoleGrant.id).where(or_(RoleGrant.person_id == person_id, RoleGrant.granted_by_id == person_id)).limit(1)
    )
    if staff is not None:
        return False
    address = person.email
    _run(delete(Notice).where(or_(Notice.recipient_id == person_id, Notice.recipient_email == address)))
    _run(delete(HelpRequest).where(or_(HelpRequest.person_id == person_id, HelpRequest.email == address)))
    _run(delete(MailSuppression).where(MailSuppression.email == address))
    _run(delete(SignInCode).where(SignInCode.email == address))
    _run(delete(RoleInvitation).where(RoleInvitation.person_id == person_id))
    _run(delete(SignInAttempt).where(SignInAttempt.key.contains(address, autoescape=True)))
    person.email, person.session_key = f"{person.id.hex}{ADDRESS}", uuid4()
    for name in ("full_name", "used_name", "pronunciation", "pronouns", "phone", "city", "state",
                 "email_confirmed_at", "totp_secret", "totp_enrolled_at", "totp_last_step"):  # fmt: skip
        setattr(person, name, None)
    person.texts_welcome = False
    record("retention:forgotten", "person", person_id, by=None, now=now)
    db.session.flush()
    return True


def _run(statement: Any) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))
