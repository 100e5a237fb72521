"""An applicant's own applications: the parts of a draft, and what belongs to each part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import joinedload

from app.domain.answers import length_advice, sentence_range
from app.domain.drafting import MAX_ANSWER_CHARACTERS
from app.domain.eligibility import Eligible, Excluded, blanks, check
from app.domain.program import Rule
from app.domain.stored_rules import rules_from_json
from app.extensions import db
from app.models.application import Answer, AnswerVersion, Application, Document, HelpRequest, OfficeChoice
from app.models.opening import DocumentKind, EligibilityRules, Opening, OpeningOffice, Question
from app.models.routing import Proposal
from app.queries.parking import unfinished_form

# The page of the ranks, where what was typed may contradict itself: it is kept until it is mended.
RANKING_PAGE = "ranking"

PartStatus = Literal["todo", "progress", "done", "blocked", "waiting"]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an application. `name` is the document kind of a document part, else empty."""

    key: str
    status: PartStatus
    name: str = ""
    done: int = 0
    total: int = 0
    required: bool = True


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a draft: those that count (the last one is "check and send"), and the optional ones."""

    counted: tuple[Part, ...]
    optional: tuple[Part, ...]

    @property
    def finished(self) -> int:
        """How many of the counted parts are finished."""
        return sum(part.status == "done" for part in self.counted)

    @property
    def missing(self) -> tuple[Part, ...]:
        """The parts that keep the application from being sent."""
        return tuple(part for part in self.counted if part.key != "send" and part.status != "done")

    @property
    def ready(self) -> bool:
        """Whether nothing but the sending is left."""
        return not self.missing


def applications_of(person_id: UUID) -> list[Application]:
    """Return a person's applications, the newest first."""
    return list(
        db.session.scalars(
            select(Application)
            .where(Application.person_id == person_id)
            .options(joinedload(Application.opening))
            .order_by(Application.created_at.desc(), Application.id)
        )
    )


def application_for(person_id: UUID, opening: Opening) -> Application | None:
    """Return a person's application to this opening in its present season."""
    return db.session.scalar(
        select(Application).where(
            Application.person_id == person_id,
            Application.opening_id == opening.id,
            Application.season_id == opening.season_id,
        )
    )


def rules_row_of(application: Application) -> EligibilityRules | None:
    """Return the rules that this application is checked against: its own version, else the newest."""
    if application.eligibility_rules_id is not None:
        return db.session.get(EligibilityRules, application.eligibility_rules_id)
    return newest_rules_of(application.opening_id)


def newest_rules_of(opening_id: UUID) -> EligibilityRules | None:
    """Return the newest version of an opening's rules."""
    return db.session.scalar(
        select(EligibilityRules)
        .where(EligibilityRules.opening_id == opening_id)
        .order_by(EligibilityRules.version.desc())
        .limit(1)
    )


def rules_of(application: Application) -> tuple[Rule, ...]:
    """Return the eligibility rules of this application."""
    row = rules_row_of(application)
    return rules_from_json(row.rules) if row is not None else ()


def eligibility_of(application: Application) -> Eligible | Excluded:
    """Check the application's answers against its rules."""
    return check(rules_of(application), application.eligibility_answers)


def questions_of(application: Application, answers: Iterable[Answer] | None = None) -> list[Question]:
    """Return the short-answer questions of this application, in order. `answers`: its own, where they are known.

    A question whose words changed after it was answered stays the one that was answered.
    """
    rows = db.session.scalars(
        select(Question)
        .where(Question.opening_id == application.opening_id, Question.kind == "short_answer")
        .order_by(Question.position, Question.retired_at.desc())
    ).all()
    known = answers_of(application.id) if answers is None else answers
    answered = {answer.question_id for answer in known if answer.text}
    kept = {row.slug: row for row in rows if row.retired_at is not None and row.id in answered}
    return [kept.get(row.slug, row) for row in rows if row.retired_at is None]


def answers_of(application_id: UUID) -> list[Answer]:
    """Return the answers that an application has."""
    return list(db.session.scalars(select(Answer).where(Answer.application_id == application_id)))


def answer_to(application_id: UUID, question_id: UUID) -> Answer | None:
    """Return the answer to one question."""
    return db.session.scalar(
        select(Answer).where(Answer.application_id == application_id, Answer.question_id == question_id)
    )


def versions_of(answer_id: UUID) -> list[AnswerVersion]:
    """Return an answer's earlier texts, the newest first."""
    return list(
        db.session.scalars(
            select(AnswerVersion).where(AnswerVersion.answer_id == answer_id).order_by(AnswerVersion.number.desc())
        )
    )


def documents_in_force(application_id: UUID, kind: str | None = None) -> list[Document]:
    """Return the documents that were not replaced, of all kinds or of one, the oldest first."""
    query = select(Document).where(Document.application_id == application_id, Document.replaced_at.is_(None))
    if kind is not None:
        query = query.where(Document.kind == kind)
    return list(db.session.scalars(query.order_by(Document.uploaded_at, Document.id)))


def document_kind_of(opening_id: UUID, slug: str) -> DocumentKind | None:
    """Return a kind of document that an opening asks for."""
    return db.session.scalar(
        select(DocumentKind).where(DocumentKind.opening_id == opening_id, DocumentKind.slug == slug)
    )


def rankable_offices(application: Application, choices: Iterable[OfficeChoice] | None = None) -> list[OpeningOffice]:
    """Return the offices that may be ranked: the open ones, and those that the person had chosen already.

    `choices`: those of the person, where they are known.
    """
    chosen = {choice.office_id for choice in (choices_of(application.id) if choices is None else choices)}
    rows = db.session.scalars(
        select(OpeningOffice)
        .where(OpeningOffice.opening_id == application.opening_id)
        .order_by(OpeningOffice.position)
        .options(joinedload(OpeningOffice.pool))
    )
    return [row for row in rows if row.is_open or row.office_id in chosen]


def choices_of(application_id: UUID) -> list[OfficeChoice]:
    """Return the ranked offices in order, then those that the person ruled out."""
    return list(
        db.session.scalars(
            select(OfficeChoice)
            .where(OfficeChoice.application_id == application_id)
            .order_by(OfficeChoice.rank.asc().nulls_last(), OfficeChoice.id)
        )
    )


def was_proposed(application_id: UUID) -> bool:
    """Tell whether a proposal for this person was ever released to an office: then the ranking is settled."""
    return bool(
        db.session.scalar(
            select(exists().where(Proposal.application_id == application_id, Proposal.released_at.is_not(None)))
        )
    )


def adjustments_of(application_id: UUID) -> list[HelpRequest]:
    """Return the adjustments that were asked for, the newest first."""
    return list(
        db.session.scalars(
            select(HelpRequest)
            .where(HelpRequest.application_id == application_id, HelpRequest.kind == "adjustment")
            .order_by(HelpRequest.created_at.desc())
        )
    )


def parts_of(application: Application) -> Parts:
    """Return every part of a draft with its status."""
    kinds = list(
        db.session.scalars(
            select(DocumentKind)
            .where(DocumentKind.opening_id == application.opening_id)
            .order_by(DocumentKind.position)
        )
    )
    held = Counter(document.kind for document in documents_in_force(application.id))
    counted = [_contact(application)]
    if rules := rules_of(application):
        counted.append(_eligibility(application, rules))
    counted.extend(_document(kind, held[kind.slug]) for kind in kinds if kind.required)
    counted.append(Part("background", "done" if application.background_finished else "todo"))
    answers = answers_of(application.id)
    if questions := questions_of(application, answers):
        counted.append(_answers(questions, answers))
    choices = choices_of(application.id)
    if rankable_offices(application, choices):
        counted.append(_offices(application, choices))
    ready = all(part.status == "done" for part in counted)
    counted.append(Part("send", "todo" if ready else "waiting"))
    optional = [_document(kind, held[kind.slug]) for kind in kinds if not kind.required]
    optional.append(Part("adjustments", "done" if adjustments_of(application.id) else "todo", required=False))
    return Parts(tuple(counted), tuple(optional))


def _contact(application: Application) -> Part:
    begun = bool(application.person.full_name)
    return Part("contact", "done" if application.contact_finished else "progress" if begun else "todo")


def _eligibility(application: Application, rules: tuple[Rule, ...]) -> Part:
    answers: dict[str, Any] = application.eligibility_answers
    if isinstance(check(rules, answers), Excluded):
        return Part("eligibility", "blocked")
    if not answers:
        return Part("eligibility", "todo")
    return Part("eligibility", "progress" if blanks(rules, answers) else "done")


def _document(kind: DocumentKind, held: int) -> Part:
    wanted = kind.count if kind.required else 1
    status: PartStatus = "done" if held >= wanted else "progress" if held else "todo"
    return Part("document", status, name=kind.slug, done=held, total=kind.count, required=kind.required)


def _answers(questions: Iterable[Question], given: Iterable[Answer]) -> Part:
    answers = {answer.question_id: answer for answer in given}
    wanted = [answers.get(question.id) for question in questions]
    done = sum(answer is not None and is_finished(answer) for answer in wanted)
    begun = any(answer is not None and answer.text for answer in wanted)
    status: PartStatus = "done" if done == len(wanted) else "progress" if begun else "todo"
    return Part("answers", status, done=done, total=len(wanted))


def is_finished(answer: Answer) -> bool:
    """Tell whether an answer may be sent: its writer said so, it says something, and it is not too long."""
    return answer.finished and bool(answer.text) and len(answer.text) <= MAX_ANSWER_CHARACTERS


def _offices(application: Application, choices: Iterable[OfficeChoice]) -> Part:
    ranked = sum(choice.rank is not None for choice in choices)
    if unfinished_form(application.id, RANKING_PAGE) is not None:
        return Part("offices", "progress", done=ranked)
    return Part("offices", "done" if ranked else "todo", done=ranked)


def short_answers_of(application: Application) -> list[tuple[int, Question, Answer]]:
    """Return the short answers with their questions and numbers, in order."""
    answers = {answer.question_id: answer for answer in answers_of(application.id)}
    numbered = enumerate(questions_of(application, answers.values()), 1)
    return [(number, question, answers[question.id]) for number, question in numbered if question.id in answers]


def answers_below_advice(application: Application) -> list[tuple[int, Question, Answer]]:
    """Return the answers that have fewer sentences than the opening advises."""
    asked = sentence_range(application.opening.content)
    return [row for row in short_answers_of(application) if length_advice(row[2].sentences, *asked) == "short"]
