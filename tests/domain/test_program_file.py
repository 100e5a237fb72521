import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.program import Program
from app.domain.program_file import ProgramFaults, parse_program

PROGRAMS = Path(__file__).parents[2] / "app" / "programs"
FELLOWSHIP = (PROGRAMS / "client-advocate-mspd.yaml").read_text(encoding="utf-8")
MANAGER = (PROGRAMS / "program-manager-missouri.yaml").read_text(encoding="utf-8")


def faults_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(ProgramFaults) as caught:
        parse_program(text)
    return list(caught.value.faults)


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


@pytest.fixture(scope="module")
def fellowship() -> Program:
    return parse_program(FELLOWSHIP)


@pytest.fixture(scope="module")
def manager() -> Program:
    return parse_program(MANAGER)


def test_eight_offices_share_seven_pools(fellowship: Program) -> None:
    assert [office.name for office in fellowship.offices] == [
        "Farmington", "Hillsboro", "Jackson", "Monett", "Ava", "Nevada", "Rolla", "Saint Joseph",
    ]  # fmt: skip
    pools = {pool.slug: pool for pool in fellowship.seat_pools}
    assert len(pools) == 7
    assert pools["monett-ava"].offices == ("monett", "ava")
    assert {(pool.seats, pool.spanish_minimum) for pool in pools.values()} == {(1, 0)}
    assert {(o.spanish_need, o.spanish_increase.eligible) for o in fellowship.offices} == {("unknown", None)}
    assert {office.time_zone for office in fellowship.offices} == {"America/Chicago"}


def test_the_fellowship_has_the_facts_of_its_posting(fellowship: Program) -> None:
    opening = fellowship.opening
    assert fellowship.organization.help_email == "apply@partnersforjustice.org"
    assert (opening.kind, opening.employment_type, opening.deadline) == ("fellowship", "full_time", None)
    assert opening.term_months == 24
    assert [(year.hourly, year.annual, year.certainty) for year in opening.pay.years] == [
        (Decimal("19.23"), Decimal(40000), "fixed"),
        (Decimal("20.43"), Decimal(42500), "possible"),
    ]
    assert [(kind.slug, kind.required, kind.hidden_from_readers) for kind in opening.documents] == [
        ("resume", True, False),
        ("transcript", False, True),
    ]
    assert opening.short_answers is not None and opening.recorded_interview is not None
    assert (opening.short_answers.sentences_low, opening.short_answers.sentences_high) == (3, 6)
    assert len(opening.short_answers.questions) == 5
    assert [question.about_answer for question in opening.recorded_interview.questions] == [
        None,
        None,
        "earning-trust",
    ]
    assert len(opening.content.what_you_do) == 11


def test_the_manager_opening_is_closed_and_keeps_its_facts(manager: Program) -> None:
    opening = manager.opening
    assert opening.status == "closed"
    assert opening.deadline is not None
    assert opening.deadline.date == date(2023, 10, 30)
    assert opening.deadline.closes_at() == datetime(2023, 10, 31, 4, 59, 59, tzinfo=UTC)
    assert opening.pay.salary_range is not None
    assert (opening.pay.salary_range.low, opening.pay.salary_range.high) == (65000, 80000)
    assert opening.job_type == "Legal - Civil"
    assert "South Region Program Manager" in opening.aliases
    assert [(kind.slug, kind.count, kind.required) for kind in opening.documents] == [
        ("cover-letter", 1, True),
        ("resume", 1, True),
        ("reference", 2, True),
    ]


def test_the_content_of_an_opening_is_json(fellowship: Program, manager: Program) -> None:
    for program in (fellowship, manager):
        assert json.loads(json.dumps(asdict(program.opening.content)))["how_to_apply"]


@pytest.mark.parametrize(
    "sentence", ["transform public defense", "aligned passions and goals", "sooner rather than later"]
)
def test_the_words_are_our_own(sentence: str) -> None:
    assert sentence not in " ".join((FELLOWSHIP + MANAGER).split())


FAULTS = [
    ("  slug: mspd\n", "  slug: mspd\n  motto: x\n", "motto: x", "host_organization.motto", "unknown here"),
    ("  short_name: MSPD\n", "", "host_organization:", "host_organization.short_name", "is missing"),
    ("term_months: 24", "term_months: two years", "two years", "opening.term_months", "a whole number"),
    ("term_months: 24", "term_months:", "term_months:", None, None),
    ("[monett, ava]", "[monett, eva]", "[monett, eva]", "seat_pools[3].offices[1]", "“eva” is unknown"),
    (
        "{slug: rolla, name: Rolla, county",
        "{slug: nevada, name: R, county",
        "slug: nevada, name: R",
        "offices[6].slug",
        "second time",
    ),
    ("reading: 2.5", "reading: 4.5", "reading: 4.5", "opening.thresholds.reading", "between 1 and 4"),
    ("resume: 0.10", "resume: 0.20", "routing_weights:", "opening.routing_weights", "add up to 1, not 1.10"),
    ("2026-11-02", "2026-02-30", "2026-02-30", "opening.published_on", "a date of the calendar"),
    ("ends_on: 2027-09-30", "ends_on: 2025-09-30", "ends_on: 2025", "season.ends_on", "ends before it starts"),
    (
        "seats: 1, spanish_minimum: 0}\n\nopening",
        "seats: 1, spanish_minimum: 2}\n\nopening",
        "spanish_minimum: 2",
        "seat_pools[6].spanish_minimum",
        "higher than the seats",
    ),
    (
        "  time_zone: America/Chicago\n  published",
        "  time_zone: America/Rolla\n  published",
        "America/Rolla",
        "opening.time_zone",
        "time zone such as",
    ),
    ("kind: fellowship", "kind: internship", "kind: internship", "opening.kind", "one of fellowship, staff"),
    (
        "      - id: related-experience\n        level: preferred",
        "      - id: related-experience\n        level: required",
        "      - id: related-experience\n        level",
        "opening.eligibility.rules[5].excludes_when",
        "which answer excludes",
    ),
    (
        "about_answer: earning-trust",
        "about_answer: earning",
        "about_answer: earning",
        "opening.recorded_interview.questions[2].about_answer",
        "“earning” is unknown",
    ),
    (
        "apply@partnersforjustice.org\n  website",
        "apply at PFJ\n  website",
        "apply at PFJ",
        "organization.help_email",
        "e-mail address",
    ),
    ('slug: "2027"', "slug: 2027", "slug: 2027", "season.slug", "in quotes"),
    (
        "rule: law-degree",
        "rule: law-school",
        "rule: law-school",
        "opening.content.not_placed[1].rule",
        "“law-school” is unknown",
    ),
    ("  kind: fellowship\n", "  kind: fellowship\n  kind: staff\n", "  kind: staff", "opening.kind", "second time"),
    (
        'step: "7 days"',
        'step: "added 7"',
        'step: "added 7"',
        "opening.reminders[1].step",
        "that managers add",
    ),
    ("hourly: 20.43", "hourly: -1", "hourly: -1", "opening.pay.years[1].hourly", "between"),
    (
        'title: {en: "Public Defender Client Advocate"}',
        "title: Advocate",
        "title: Advocate",
        "opening.title",
        "need their language",
    ),
    (
        'title: {en: "Public Defender Client Advocate"}',
        'title: {es: "Defensa"}',
        "title: {es",
        "opening.title",
        "English words",
    ),
]


@pytest.mark.parametrize(("old", "new", "at", "path", "sentence"), FAULTS)
def test_each_fault_is_reported_at_its_line(
    old: str, new: str, at: str, path: str | None, sentence: str | None
) -> None:
    assert old in FELLOWSHIP
    text = FELLOWSHIP.replace(old, new, 1)
    if path is None:
        assert parse_program(text).opening.term_months is None
        return
    found = {(line, where): words for line, where, words in faults_of(text)}
    assert (line_of(text, at), path) in found
    assert str(sentence) in found[(line_of(text, at), path)]


def test_every_fault_of_a_file_is_reported_at_once() -> None:
    text = FELLOWSHIP
    wanted = set()
    for old, new, at, path, _ in FAULTS:
        if path and path not in {"opening.kind", "opening.title"} and old in text:
            text = text.replace(old, new, 1)
            wanted.add((at, path))
    assert len(wanted) > 15
    found = faults_of(text)
    assert {(line_of(text, at), path) for at, path in wanted} <= {(line, path) for line, path, _ in found}
    assert found == sorted(found)


def test_a_fault_does_not_breed_others() -> None:
    assert len(faults_of(FELLOWSHIP.replace("resume: 0.10", "resume: ten"))) == 1
    assert len(faults_of(FELLOWSHIP.replace("spanish_level: professional", "spanish_level: good"))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "", "---\n", "[]", "5", "a: b: c", "\tx", "a: 'b", "&a [*a]", "a: *b", "x: 1\n---\ny: 2",
        "!!python/object/apply:os.system [ls]", "{" * 3000, "a\0b", "organization: &o {slug: *o}",
    ],
)  # fmt: skip
def test_what_is_no_program_gives_faults_and_never_another_error(text: str) -> None:
    assert faults_of(text)


@settings(deadline=None)
@given(st.data())
def test_a_file_with_a_line_lost_or_doubled_is_read_or_refused(data: st.DataObject) -> None:
    lines = MANAGER.split("\n")
    index = data.draw(st.integers(0, len(lines) - 1))
    text = "\n".join(lines[:index] + lines[index : index + 1] * data.draw(st.sampled_from([0, 2])) + lines[index + 1 :])
    try:
        assert isinstance(parse_program(text), Program)
    except ProgramFaults as refused:
        assert all(1 <= line <= text.count("\n") + 1 for line, _, _ in refused.faults)


def test_faults_read_as_lines_for_a_terminal() -> None:
    with pytest.raises(ProgramFaults) as caught:
        parse_program(MANAGER.replace("kind: staff", "kind: boss"))
    assert str(caught.value) == (
        f"line {line_of(MANAGER, 'kind: staff')}: opening.kind: This must be one of fellowship, staff, not “boss”."
    )
