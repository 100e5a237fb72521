"""A program file in the database: all of it, once, and nothing that is in use overwritten."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.adapters.clock import now
from app.domain.program import Program
from app.domain.program_file import parse_program
from app.models import EligibilityRules, Office, Opening, Question, Rubric, SeatPool
from app.queries.openings import documents_of, questions_of, rubrics_of, rules_of
from app.services.program import load_program

FOLDER = Path(__file__).resolve().parents[2] / "app" / "programs"


@pytest.fixture
def program() -> Program:
    return parse_program((FOLDER / "client-advocate-mspd.yaml").read_text(encoding="utf-8"))


def the_opening(session: Session) -> Opening:
    return session.scalars(select(Opening)).one()


def changed(program: Program, **opening: object) -> Program:
    return dataclasses.replace(program, opening=dataclasses.replace(program.opening, **opening))


def test_a_program_is_loaded_with_every_fact(session: Session, program: Program) -> None:
    load_program(program, now=now())
    opening = the_opening(session)
    assert (opening.year1_hourly, opening.year1_annual) == (Decimal("19.23"), Decimal(40000))
    assert (opening.year2_hourly, opening.year2_annual) == (Decimal("20.43"), Decimal(42500))
    assert opening.content["pay"]["certainty"] == {"1": "fixed", "2": "possible"}
    assert [place.office.name for place in opening.offices] == [
        "Farmington", "Hillsboro", "Jackson", "Monett", "Ava", "Nevada", "Rolla", "Saint Joseph",
    ]  # fmt: skip
    assert len(opening.pools) == 7
    assert [document.slug for document in documents_of(opening)] == ["resume", "transcript"]
    assert len(questions_of(opening, "short_answer")) == 5
    assert [question.about_answer for question in questions_of(opening, "recorded")] == [None, None, "earning-trust"]
    first = questions_of(opening, "short_answer")[0]
    assert [rubric.slug for rubric in rubrics_of(opening, "answers", first.id)] == ["substance", "writing"]
    assert len(rubrics_of(opening, "final")) == 5
    assert {prompt["kind"] for prompt in rubrics_of(opening, "final")[0].prompts} == {"question", "look_for"}
    assert "social-work-license" in [rule.id for rule in rules_of(opening)]


def test_loading_twice_changes_nothing(session: Session, program: Program) -> None:
    load_program(program, now=now())
    version = the_opening(session).row_version
    assert load_program(program, now=now()) == []
    assert the_opening(session).row_version == version


def test_a_changed_question_is_a_new_row_and_the_old_one_retires(session: Session, program: Program) -> None:
    load_program(program, now=now())
    old = questions_of(the_opening(session), "short_answer")[1]
    answers = program.opening.short_answers
    assert answers is not None
    asked = list(answers.questions)
    asked[1] = dataclasses.replace(asked[1], text={"en": "Another question?"})
    asked.reverse()
    load_program(changed(program, short_answers=dataclasses.replace(answers, questions=tuple(asked))), now=now())
    present = questions_of(the_opening(session), "short_answer")
    assert [question.position for question in present] == [1, 2, 3, 4, 5]
    assert present[3].text == {"en": "Another question?"}
    assert present[3].slug == old.slug
    assert present[3].id != old.id
    assert session.get_one(Question, old.id).retired_at is not None
    assert [rubric.slug for rubric in rubrics_of(the_opening(session), "answers", present[3].id)] == [
        "substance",
        "writing",
    ]


def test_changed_anchors_leave_the_scores_of_old_ones_alone(session: Session, program: Program) -> None:
    load_program(program, now=now())
    before = session.scalar(select(func.count(Rubric.id)))
    answers = program.opening.short_answers
    assert answers is not None
    writing = dataclasses.replace(answers.writing, title={"en": "Writing for courts"})
    load_program(changed(program, short_answers=dataclasses.replace(answers, writing=writing)), now=now())
    assert session.scalar(select(func.count(Rubric.id))) == (before or 0) + 1
    retired = session.scalars(select(Rubric).where(Rubric.retired_at.is_not(None))).all()
    assert [rubric.title for rubric in retired] == [{"en": "Writing"}]


def test_changed_rules_are_a_new_version(session: Session, program: Program) -> None:
    load_program(program, now=now())
    rules = program.opening.eligibility
    load_program(changed(program, eligibility=dataclasses.replace(rules, rules=rules.rules[:3])), now=now())
    versions = session.scalars(select(EligibilityRules).order_by(EligibilityRules.version)).all()
    assert [version.version for version in versions] == [1, 2]
    assert [rule.id for rule in rules_of(the_opening(session))] == [rule.id for rule in rules.rules[:3]]


def test_what_an_office_said_is_never_overwritten(session: Session, program: Program) -> None:
    load_program(program, now=now())
    pool = session.scalars(select(SeatPool).where(SeatPool.slug == "rolla")).one()
    pool.seats, pool.confirmed_at = 3, now()
    office = session.scalars(select(Office).where(Office.slug == "rolla")).one()
    office.spanish_need, office.spanish_increase = "needed", True
    session.flush()
    more = tuple(dataclasses.replace(each, seats=2) for each in program.seat_pools)
    load_program(dataclasses.replace(program, seat_pools=more), now=now())
    session.expire_all()
    seats = {each.slug: each.seats for each in session.scalars(select(SeatPool))}
    assert (seats["rolla"], seats["nevada"]) == (3, 2)
    assert (office.spanish_need, office.spanish_increase) == ("needed", True)


def test_an_office_that_left_the_file_is_closed_not_deleted(session: Session, program: Program) -> None:
    load_program(program, now=now())
    fewer = dataclasses.replace(
        program,
        offices=tuple(office for office in program.offices if office.slug != "ava"),
        seat_pools=tuple(
            dataclasses.replace(pool, offices=tuple(slug for slug in pool.offices if slug != "ava"))
            for pool in program.seat_pools
        ),
    )
    load_program(fewer, now=now())
    session.expire_all()
    places = {place.office.slug: place.is_open for place in the_opening(session).offices}
    assert places["ava"] is False
    assert places["monett"] is True
