"""One decision about many people: each for itself, so that whoever cannot be decided about stops nobody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.domain.decisions import GO_ON, STOP
from app.domain.pipeline import IllegalMove
from app.domain.refusals import Refusal
from app.domain.words import N_
from app.emails.messages import Message
from app.extensions import db
from app.models.application import Application
from app.services.decisions import decide, mails_of_decision

# What may be decided about several people at once; an end of the search is decided one by one.
TOGETHER = (GO_ON, STOP)
ELSEWHERE = N_("A colleague was faster: this application has moved on.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One person, and the version that the manager saw."""

    application: Application
    row_version: int


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would happen to one person: the mails as (address, message), or why nothing would (a marked sentence)."""

    chosen: Chosen
    mails: Sequence[tuple[str, Message]] = ()
    problem: str | None = None


def foresee_many(people: Iterable[Chosen], decision: str, *, reason: str, by: UUID, now: datetime) -> list[Foreseen]:
    """Return what the decision would do to each; nothing of it happens."""
    return [_foresee(each, decision, reason=reason, by=by, now=now) for each in people]


def _foresee(each: Chosen, decision: str, *, reason: str, by: UUID, now: datetime) -> Foreseen:
    try:
        mails = mails_of_decision(
            each.application, decision, reason=reason, row_version=each.row_version, by=by, now=now
        )
    except (Refusal, IllegalMove) as problem:
        return Foreseen(each, problem=_words(problem))
    return Foreseen(each, mails)


def decide_many(
    people: Iterable[Chosen], decision: str, *, reason: str, by: UUID, now: datetime
) -> tuple[list[Application], list[tuple[Application, str]]]:
    """Decide about each in a savepoint of its own; return (who was decided about, who was skipped and why)."""
    done: list[Application] = []
    skipped: list[tuple[Application, str]] = []
    # In one order, so that two managers never wait for each other.
    for each in sorted(people, key=lambda each: each.application.id):
        try:
            with db.session.begin_nested():
                decide(each.application, decision, reason=reason, row_version=each.row_version, by=by, now=now)
            done.append(each.application)
        except (Refusal, IllegalMove) as problem:
            skipped.append((each.application, _words(problem)))
    return done, skipped


def _words(problem: Refusal | IllegalMove) -> str:
    return problem.message if isinstance(problem, Refusal) else ELSEWHERE
