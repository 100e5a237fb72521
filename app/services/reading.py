"""Reading: two people for each answer, blind to the name and to each other; a third where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from sqlalchemy import select

from app.domain.actors import By
from app.domain.pipeline import Gate
from app.domain.reading_dates import reading_due
from app.domain.refusals import Refusal
from app.domain.scoring import (
    ReadingPolicy,
    answer_result,
    checked_score,
    gate_result,
    mean,
    needs_second_reading,
    needs_third_reader,
    outcome,
    weighted_result,
)
from app.domain.words import N_
from app.extensions import db
from app.models.application import Answer, Application
from app.models.opening import Opening
from app.models.reading import IdentityFlag, ReadingAssignment, Score
from app.queries.reading import (
    applications_being_read,
    readings_of_answers,
    rubrics_for_answer,
    rubrics_for_resume,
)
from app.services.gates import advance
from app.services.history import move
from app.services.reader_choice import ReaderChoice

_POINTS = Decimal("0.00001")


def points(value: Fraction) -> Decimal:
    """Return a gate's result as it is stored: five places are exact for every mean that can occur in a list."""
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_POINTS)


def policy_of(opening: Opening) -> ReadingPolicy:
    """Return the opening's reading policy."""
    stored = opening.reading_policy
    return ReadingPolicy(
        readers=stored.get("policy", "twice"),
        borderline=Fraction(str(stored.get("borderline", "0.25"))),
        random_share=Fraction(str(stored.get("random_share", "0.15"))),
    )


def due_date(application: Application, kind: str, now: datetime) -> datetime:
    """Return when a reading that is given out now is due: before the day that the applicant was promised."""
    opening = application.opening
    return reading_due(
        kind,
        sent_at=application.submitted_at or now,
        days=opening.promises.get("read_application"),
        now=now,
        zone=opening.time_zone,
    )


def assign_readers(application: Application, *, now: datetime) -> None:
    """Give each answer the readers that the policy asks for; what nobody can take now is filled up later."""
    answers = _answers(application)
    if not answers:
        # An opening without short answers goes straight to the résumé.
        move(application, "finish_answers", by=By(worker="reading"), now=now)
        _assign_resume(application, now)
    wanted = 2 if policy_of(application.opening).readers == "twice" else 1
    choice = ReaderChoice(application)
    for answer in answers:
        _fill(choice, answer, wanted, now)
    db.session.flush()


def assign_missing_readers(*, now: datetime) -> int:
    """Fill up what had no reader (a worker's task); return how many readings were assigned."""
    before = _assigned()
    for application in applications_being_read():
        if application.state == "resume_in_review":
            _assign_resume(application, now)
            continue
        given = readings_of_answers(application.id)
        wanted = max(2 if policy_of(application.opening).readers == "twice" else 1, _rounds(given))
        choice = ReaderChoice(application)
        for answer in _answers(application):
            _fill(choice, answer, wanted, now)
            _third_if_needed(choice, answer, now)
    db.session.flush()
    return _assigned() - before


def save_scores(
    reading: ReadingAssignment, values: Mapping[UUID, int], *, note: str | None, by: UUID, now: datetime
) -> None:
    """Keep one reader's scores of one answer; may be changed until the application's reading is complete.

    Raises Refusal where a score is missing or the reading is closed.
    """
    application = _lock(reading.application_id)
    db.session.refresh(reading)
    if reading.state not in ("open", "done") or application.state != "answers_in_review":
        raise Refusal(N_("The reading of this application is complete, so its scores can no longer be changed."))
    assert reading.answer is not None
    _keep(reading, values, [rubric.id for rubric in rubrics_for_answer(reading.answer.question)], note, now)
    _third_if_needed(ReaderChoice(application), reading.answer, now)
    _finish_answers_if_complete(application, By(person_id=by), now)


def save_resume_scores(
    reading: ReadingAssignment, values: Mapping[UUID, int], *, note: str | None, by: UUID, now: datetime
) -> None:
    """Keep the résumé's scores; the reading is complete, and the person advances or waits for a manager."""
    application = _lock(reading.application_id)
    db.session.refresh(reading)
    if reading.state != "open" or application.state != "resume_in_review":
        raise Refusal(N_("This résumé was already scored."))
    rubrics = rubrics_for_resume(application.opening_id)
    _keep(reading, values, [rubric.id for rubric in rubrics], note, now)
    scores = {str(rubric.id): Fraction(values[rubric.id]) for rubric in rubrics}
    preferred = [str(rubric.id) for rubric in rubrics if rubric.preferred]
    application.resume_result = points(gate_result([scores], preferred))
    _leave_reading(application, By(person_id=by), now)


def skip(reading: ReadingAssignment, *, now: datetime) -> None:
    """Put an answer at the end of its reader's queue."""
    reading.skipped_at = now


def recuse(reading: ReadingAssignment, *, now: datetime) -> None:
    """The reader knows the person: the reading goes to somebody else."""
    application = _lock(reading.application_id)
    db.session.refresh(reading)
    if reading.state != "open":
        raise Refusal(N_("This answer is no longer waiting for you."))
    reading.state = "recused"
    db.session.flush()
    if reading.kind == "resume":
        _assign_resume(application, now)
    elif reading.answer is not None:
        _assign(ReaderChoice(application), reading.answer, reading.ordinal, now)
        db.session.flush()


def flag_identity(reading: ReadingAssignment, *, by: UUID, now: datetime) -> None:
    """Note that an answer identifies its writer; a lead looks at it. Twice is the same as once."""
    known = db.session.scalar(
        select(IdentityFlag.id).where(IdentityFlag.answer_id == reading.answer_id, IdentityFlag.flagged_by_id == by)
    )
    if known is None:
        db.session.add(IdentityFlag(answer_id=reading.answer_id, flagged_by_id=by, flagged_at=now))


# ---- assigning ---------------------------------------------------------------------------------


def _answers(application: Application) -> list[Answer]:
    return list(db.session.scalars(select(Answer).where(Answer.application_id == application.id).order_by(Answer.id)))


def _assigned() -> int:
    return len(list(db.session.scalars(select(ReadingAssignment.id).where(ReadingAssignment.state == "open"))))


def _rounds(given: Sequence[ReadingAssignment]) -> int:
    return min(2, max((reading.ordinal for reading in given), default=1))


def _fill(choice: ReaderChoice, answer: Answer, wanted: int, now: datetime) -> None:
    taken = choice.rounds(answer.id)
    for ordinal in range(1, wanted + 1):
        if ordinal not in taken:
            _assign(choice, answer, ordinal, now)


def _assign(choice: ReaderChoice, answer: Answer, ordinal: int, now: datetime) -> None:
    reader = choice.for_answer(answer.id, ordinal)
    if reader is None:
        return
    application = choice.application
    db.session.add(
        ReadingAssignment(
            kind="answer",
            application_id=application.id,
            answer_id=answer.id,
            reader_id=reader.id,
            ordinal=ordinal,
            assigned_at=now,
            due_at=due_date(application, "answer", now),
        )
    )


def _assign_resume(application: Application, now: datetime) -> None:
    taken = db.session.scalars(
        select(ReadingAssignment).where(
            ReadingAssignment.application_id == application.id,
            ReadingAssignment.kind == "resume",
            ReadingAssignment.state != "cancelled",
        )
    ).all()
    if any(reading.state in ("open", "done") for reading in taken):
        return
    reader = ReaderChoice(application).besides({reading.reader_id for reading in taken}, application.id)
    if reader is None:
        return
    db.session.add(
        ReadingAssignment(
            kind="resume",
            application_id=application.id,
            reader_id=reader.id,
            ordinal=1,
            assigned_at=now,
            due_at=due_date(application, "resume", now),
        )
    )
    db.session.flush()


# ---- scoring -----------------------------------------------------------------------------------


def _lock(application_id: UUID) -> Application:
    """Two readers who save their last score at once must see each other's."""
    return db.session.scalars(
        select(Application)
        .where(Application.id == application_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _keep(
    reading: ReadingAssignment, values: Mapping[UUID, int], wanted: Sequence[UUID], note: str | None, now: datetime
) -> None:
    if set(values) != set(wanted):
        raise Refusal(N_("Choose 1 to 4."), status=422)
    kept = {score.rubric_id: score for score in reading.scores}
    for rubric_id, value in values.items():
        if rubric_id in kept:
            kept[rubric_id].value = checked_score(value)
            kept[rubric_id].scored_at = now
        else:
            reading.scores.append(Score(rubric_id=rubric_id, value=checked_score(value), scored_at=now))
    reading.note = note
    reading.state = "done"
    reading.done_at = now
    db.session.flush()


def _scores(reading: ReadingAssignment) -> dict[str, int]:
    return {str(score.rubric_id): score.value for score in reading.scores}


def _third_if_needed(choice: ReaderChoice, answer: Answer, now: datetime) -> None:
    readings = [reading for reading in readings_of_answers(choice.application.id) if reading.answer_id == answer.id]
    done = {reading.ordinal: reading for reading in readings if reading.state == "done"}
    if 1 not in done or 2 not in done:
        return
    third = next((reading for reading in readings if reading.ordinal == 3), None)
    if needs_third_reader(_scores(done[1]), _scores(done[2])):
        if third is None:
            _assign(choice, answer, 3, now)
            db.session.flush()
    elif third is not None and third.state == "open":
        # A reader changed a score and the two agree again: nobody reads in vain.
        third.state = "cancelled"
        db.session.flush()


def _finish_answers_if_complete(application: Application, by: By, now: datetime) -> None:
    readings = readings_of_answers(application.id)
    policy = policy_of(application.opening)
    rounds = 2 if policy.readers == "twice" else max(1, _rounds(readings))
    answers = _answers(application)
    results = []
    for answer in answers:
        own = [reading for reading in readings if reading.answer_id == answer.id]
        done = [reading for reading in own if reading.state == "done"]
        if len(done) < rounds or len(done) < len(own):
            return
        if len(done) == 2 and needs_third_reader(_scores(done[0]), _scores(done[1])):
            return
        results.append(answer_result({str(reading.reader_id): _scores(reading) for reading in done}))
    result = gate_result(results)
    if rounds == 1 and _second_round(application, policy, result, now):
        return
    application.answers_result = points(result)
    move(application, "finish_answers", by=by, now=now)
    _assign_resume(application, now)


def _second_round(application: Application, policy: ReadingPolicy, result: Fraction, now: datetime) -> bool:
    """Under "everybody once": read the borderline, and a random share, a second time."""
    seed = application.opening.season.seed.encode()
    threshold = Fraction(application.opening.reading_threshold)
    if not needs_second_reading(policy, result, threshold, seed=seed, application_id=str(application.id)):
        return False
    choice = ReaderChoice(application)
    for answer in _answers(application):
        _fill(choice, answer, 2, now)
    db.session.flush()
    return True


def reading_result(application: Application) -> Fraction:
    """Return the short answers and the résumé together, by the opening's weights, on the scale of 1 to 4."""
    weights = {
        key: Fraction(str(value)) for key, value in application.opening.routing_weights.items() if value is not None
    }
    parts = {}
    if application.answers_result is not None:
        parts["short_answers"] = Fraction(application.answers_result)
    if application.resume_result is not None:
        parts["resume"] = Fraction(application.resume_result)
    if not any(weights.get(part) for part in parts):
        return mean(list(parts.values()))
    return weighted_result(parts, {part: weights.get(part, Fraction(0)) for part in parts})


def _leave_reading(application: Application, by: By, now: datetime) -> None:
    threshold = Fraction(application.opening.reading_threshold)
    if outcome(reading_result(application), threshold) == "advance":
        advance(application, after=Gate.RESUME, by=by, now=now)
    else:
        move(application, "hold_after_reading", by=by, now=now)
