"""A person's own application, from the start to the sending. Files, answers and ranks have services of their own."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.actors import By
from app.domain.drafting import STATEMENT_READERS, takes_applications
from app.domain.eligibility import Eligible, Excluded
from app.domain.reference import LENGTH, reference_number
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.extensions import db
from app.models.application import SPANISH_LEVELS, Application
from app.models.opening import EligibilityRules, Opening
from app.models.person import Person
from app.queries.applications import (
    Part,
    answers_below_advice,
    application_for,
    eligibility_of,
    newest_rules_of,
    parts_of,
    rules_of,
)
from app.services.drafts import open_draft, open_for_sending, remember_save
from app.services.history import begin, move
from app.services.locks import lock_application
from app.services.notices import owe_notice
from app.services.reading import assign_readers


class NotEligible(Refusal):
    """A rule excludes the person; `excluded` says which and why."""

    def __init__(self, excluded: Excluded) -> None:
        super().__init__(N_("One of our rules keeps us from placing you."), status=422)
        self.excluded = excluded


class NotFinished(Refusal):
    """Parts are missing; `parts` names them."""

    def __init__(self, parts: Iterable[Part], attestations: Iterable[str] = ()) -> None:
        super().__init__(N_("Some parts of your application are not finished."), status=422)
        self.parts = tuple(parts)
        self.attestations = tuple(attestations)


class AnswersAreShort(Refusal):
    """Answers have fewer sentences than advised; the person may send them anyway."""

    def __init__(self) -> None:
        super().__init__(N_("Some of your answers are short."), status=422)


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach and to address a person. Everything but the full name may be empty."""

    full_name: str
    used_name: str = ""
    pronunciation: str = ""
    pronouns: str = ""
    phone: str = ""
    texts_welcome: bool = False
    city: str = ""
    state: str = ""
    language: str = "en"
    time_zone: str = "America/Chicago"


def start_application(
    person: Person,
    opening: Opening,
    *,
    by: UUID,
    now: datetime,
    eligibility: Mapping[str, bool] | None = None,
    rules_version: int | None = None,
) -> Application:
    """Return the person's application to this opening and season; a second call returns the same one.

    `eligibility` are answers given before there was an account, with the version of the rules that
    they were given to. Raises Refusal where the opening is closed.
    """
    known = application_for(person.id, opening)
    if known is not None:
        return known
    if not takes_applications(opening.status, opening.closes_at, now):
        raise Refusal(N_("This opening does not take applications now."))
    rules = _rules_row(opening, rules_version)
    try:
        with db.session.begin_nested():
            application = Application(
                reference=_new_reference(),
                person_id=person.id,
                opening_id=opening.id,
                season_id=opening.season_id,
                created_at=now,
                eligibility_rules_id=rules.id if rules is not None else None,
                eligibility_answers={},
                attestations={},
                lived_experience_readers=[],
            )
            begin(application, by=By(person_id=by), now=now)
    except IntegrityError:
        # The other half of a double click was faster.
        faster = application_for(person.id, opening)
        if faster is None:
            raise
        return faster
    if eligibility:
        application.eligibility_answers = _known_answers(application, eligibility)
        remember_save(application, now=now)
    db.session.flush()
    return application


def _rules_row(opening: Opening, version: int | None) -> EligibilityRules | None:
    if version is not None:
        row = db.session.scalar(
            select(EligibilityRules).where(
                EligibilityRules.opening_id == opening.id, EligibilityRules.version == version
            )
        )
        if row is not None:
            return row
    return newest_rules_of(opening.id)


def _new_reference() -> str:
    for attempt in range(20):
        length = LENGTH + attempt // 5
        reference = reference_number(secrets.token_bytes(8 * length), length)
        if db.session.scalar(select(Application.id).where(Application.reference == reference)) is None:
            return reference
    raise Refusal(N_("Please try again in a minute."), status=503)


def _known_answers(application: Application, answers: Mapping[str, bool]) -> dict[str, bool]:
    asked = {condition.id for rule in rules_of(application) for condition in rule.conditions}
    return {key: bool(value) for key, value in answers.items() if key in asked}


def save_contact(application: Application, contact: Contact, *, by: UUID, now: datetime) -> None:
    """Keep how to reach the person; possible at any time: they are told about an application that has ended, too."""
    lock_application(application)
    person = application.person
    db.session.refresh(person, with_for_update={"key_share": True})
    person.full_name = contact.full_name or person.full_name
    person.used_name = contact.used_name or None
    person.pronunciation = contact.pronunciation or None
    person.pronouns = contact.pronouns or None
    person.phone = contact.phone or None
    person.texts_welcome = contact.texts_welcome and bool(contact.phone)
    person.city = contact.city or None
    person.state = contact.state or None
    person.language = contact.language
    person.time_zone = contact.time_zone
    application.contact_finished = bool(person.full_name)
    if application.state == "draft":
        remember_save(application, now=now)


def save_eligibility(
    application: Application, answers: Mapping[str, bool], *, by: UUID, now: datetime
) -> Eligible | Excluded:
    """Keep the yes/no answers with the version of the rules that they were given to; say what follows."""
    open_draft(application, now=now)
    if application.eligibility_rules_id is None:
        newest = newest_rules_of(application.opening_id)
        application.eligibility_rules_id = newest.id if newest is not None else None
    application.eligibility_answers = _known_answers(application, answers)
    remember_save(application, now=now)
    return eligibility_of(application)


def save_background(
    application: Application,
    *,
    spanish: str | None,
    statement: str,
    statement_readers: Iterable[str],
    by: UUID,
    now: datetime,
) -> None:
    """Keep the Spanish level as the person puts it, and the voluntary statement with who may read it."""
    open_draft(application, now=now)
    if spanish is not None and spanish not in SPANISH_LEVELS:
        raise ValueError(f"no such level: {spanish}")
    application.spanish_reported = spanish
    application.lived_experience = statement or None
    chosen = set(statement_readers)
    application.lived_experience_readers = (
        [reader for reader in STATEMENT_READERS if reader in chosen] if statement else []
    )
    application.background_finished = spanish is not None or not application.opening.spanish_scale
    remember_save(application, now=now)


def save_attestations(application: Application, confirmed: Iterable[str], *, by: UUID, now: datetime) -> None:
    """Keep which statements of the opening the person confirmed, and when."""
    open_draft(application, now=now)
    before = application.attestations
    wanted = set(attestations_of(application.opening))
    application.attestations = {
        key: before.get(key) or now.isoformat() for key in dict.fromkeys(confirmed) if key in wanted
    }


def attestations_of(opening: Opening) -> list[str]:
    """Return the ids of the statements that an applicant confirms before sending."""
    return [item["id"] for item in opening.content.get("attestations", ())]


def submit_application(application: Application, *, by: UUID, now: datetime, short_is_meant: bool = False) -> None:
    """Send the application, once: a second click finds it sent and does nothing.

    Raises NotEligible, NotFinished or AnswersAreShort (unless `short_is_meant`), or Refusal where the
    opening has closed.
    """
    lock_application(application)
    if application.state != "draft" and application.submitted_at is not None:
        return
    open_for_sending(application, now=now)
    result = eligibility_of(application)
    if isinstance(result, Excluded):
        raise NotEligible(result)
    missing = parts_of(application).missing
    unconfirmed = [key for key in attestations_of(application.opening) if key not in application.attestations]
    if missing or unconfirmed:
        raise NotFinished(missing, unconfirmed)
    if not short_is_meant and answers_below_advice(application):
        raise AnswersAreShort
    application.submitted_at = now
    move(application, "submit_application", by=By(person_id=by), now=now)
    owe_notice(
        "application_received",
        subject_id=application.id,
        recipient=application.person,
        application=application,
        now=now,
    )
    assign_readers(application, now=now)
