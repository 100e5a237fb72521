from pathlib import Path

import pytest

from app.domain.eligibility import Eligible, Excluded, blanks, check, unanswered
from app.domain.program import Rule
from app.domain.program_file import parse_program

PROGRAMS = Path(__file__).parents[2] / "app" / "programs"
PLACEABLE = {
    "office-interest": True,
    "transportation": True,
    "early-career": True,
    "entry-level-is-fine": True,
    "social-work-license": False,
    "law-degree": False,
    "related-experience": False,
}


def rules_of(name: str) -> tuple[Rule, ...]:
    return parse_program((PROGRAMS / f"{name}.yaml").read_text(encoding="utf-8")).opening.eligibility.rules


FELLOWSHIP = rules_of("client-advocate-mspd")
MANAGER = rules_of("program-manager-missouri")


def excluded_by(rules: tuple[Rule, ...], answers: dict[str, bool]) -> tuple[str, ...]:
    result = check(rules, answers)
    return result.rule_ids if isinstance(result, Excluded) else ()


def test_an_unlicensed_social_worker_without_experience_is_placeable() -> None:
    assert check(FELLOWSHIP, PLACEABLE) == Eligible()


@pytest.mark.parametrize(
    ("change", "rule_ids"),
    [
        ({"social-work-license": True}, ("social-work-license",)),
        ({"law-degree": True}, ("law-degree",)),
        ({"office-interest": False}, ("office-interest",)),
        ({"transportation": False}, ("transportation",)),
        ({"early-career": False}, ()),
        ({"entry-level-is-fine": False}, ()),
        ({"early-career": False, "entry-level-is-fine": False}, ("career-stage",)),
        ({"law-degree": True, "transportation": False}, ("transportation", "law-degree")),
    ],
)
def test_each_rule_of_the_fellowship_excludes_whom_it_should(
    change: dict[str, bool], rule_ids: tuple[str, ...]
) -> None:
    assert excluded_by(FELLOWSHIP, PLACEABLE | change) == rule_ids


def test_an_excluded_person_is_told_why_in_plain_words() -> None:
    result = check(FELLOWSHIP, PLACEABLE | {"social-work-license": True})
    assert isinstance(result, Excluded)
    assert "degree without a license is fine" in result.reasons[0]["en"]


@pytest.mark.parametrize("way", ["five-years", "other-experience", "law-degree", "social-work-degree"])
def test_any_one_way_meets_the_experience_of_a_manager(way: str) -> None:
    answers = dict.fromkeys(["five-years", "other-experience", "law-degree", "social-work-degree"], False)
    answers |= {"lives-in-region": False, "would-relocate": True, "knows-a-jurisdiction": True}
    assert excluded_by(MANAGER, answers) == ("experience",)
    assert excluded_by(MANAGER, answers | {way: True}) == ()


def test_a_question_without_an_answer_excludes_nobody_but_stays_to_be_answered() -> None:
    assert check(FELLOWSHIP, {"early-career": False}) == Eligible()
    assert unanswered(FELLOWSHIP, {"early-career": False}) == (
        "office-interest",
        "transportation",
        "entry-level-is-fine",
        "social-work-license",
        "law-degree",
    )


def test_a_met_alternative_and_preferred_questions_may_stay_open() -> None:
    answers = {
        "office-interest": True,
        "transportation": True,
        "entry-level-is-fine": True,
        "social-work-license": False,
        "law-degree": False,
    }
    assert unanswered(FELLOWSHIP, answers) == ()


def test_blanks_are_all_questions_without_an_answer_what_helps_too() -> None:
    assert blanks(FELLOWSHIP, PLACEABLE) == ()
    answers = {name: value for name, value in PLACEABLE.items() if name not in ("early-career", "related-experience")}
    assert blanks(FELLOWSHIP, answers) == ("early-career", "related-experience")


def test_spanish_is_asked_once_with_its_levels() -> None:
    asked = {condition.id: condition.question["en"] for rule in FELLOWSHIP for condition in rule.conditions}
    assert [words for words in asked.values() if "Spanish" in words] == []


def test_who_will_have_transportation_answers_yes_as_the_statement_before_sending_says() -> None:
    opening = parse_program((PROGRAMS / "client-advocate-mspd.yaml").read_text(encoding="utf-8")).opening
    rule = next(rule for rule in FELLOWSHIP if rule.id == "transportation")
    (question,) = rule.conditions
    statement = next(item for item in opening.content.attestations if item.id == "transportation")
    assert "will you have it when you start" in question.question["en"]
    assert "will have it when I start" in statement.text["en"]
