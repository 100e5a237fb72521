"""What one field of a program file cannot know alone: names that must match, sums, and what goes together.

A value that could not be read is `Unread` here and finds no further fault: see `yaml_reading`.
"""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from app.domain.program import Opening, Program, Rule
from app.domain.program_reminders import reminder_faults
from app.domain.yaml_reading import Unread

Report = Callable[[str, str], object]


def check_program(program: Program, report: Report) -> None:
    """Report every fault between the fields of a program as (path, sentence)."""
    opening = program.opening
    check_duplicates(program, report)
    check_seats(program, report)
    check_dates(program, report)
    check_gates(program, report)
    check_pay(opening, report)
    check_eligibility(opening, report)
    check_questions(opening, report)
    check_reminders(opening, report)


def check_duplicates(program: Program, report: Report) -> None:
    """Every slug and id names one thing."""
    opening = program.opening
    content = opening.content
    rules = opening.eligibility.rules
    groups: list[tuple[str, str, Iterable[Any]]] = [
        ("offices", "slug", program.offices),
        ("seat_pools", "slug", program.seat_pools),
        ("opening.eligibility.rules", "id", rules),
        ("opening.documents", "slug", opening.documents),
        ("opening.resume_rubric", "slug", opening.resume_rubric),
        ("opening.content.who_we_look_for", "id", content.who_we_look_for),
        ("opening.content.attestations", "id", content.attestations),
        ("opening.content.selection_steps", "slug", content.selection_steps),
    ]
    if opening.short_answers:
        groups.append(("opening.short_answers.questions", "slug", opening.short_answers.questions))
    if opening.recorded_interview:
        groups.append(("opening.recorded_interview.questions", "slug", opening.recorded_interview.questions))
    if opening.final_interview:
        groups.append(("opening.final_interview.competences", "slug", opening.final_interview.competences))
    if opening.spanish:
        groups.append(("opening.spanish.levels", "level", opening.spanish.levels))
    groups.append(("opening.pay.years", "year", opening.pay.years))
    for path, key, items in groups:
        report_repeats(path, key, (getattr(item, key) for item in items), report)
    report_repeats("opening.aliases", "", opening.aliases, report)
    check_condition_ids(rules, report)


def report_repeats(path: str, key: str, values: Iterable[Any], report: Report) -> None:
    """Report each value that stood before."""
    seen: set[Any] = set()
    for index, value in enumerate(values):
        compared = value.casefold() if isinstance(value, str) else value
        if isinstance(value, Unread):
            continue
        if compared in seen:
            where = f"{path}[{index}].{key}" if key else f"{path}[{index}]"
            report(where, f"“{value}” stands here a second time.")
        seen.add(compared)


def check_condition_ids(rules: Iterable[Rule], report: Report) -> None:
    """Answers are kept by condition id: it must be one of a kind over all rules."""
    seen = {rule.id for rule in rules}
    for index, rule in enumerate(rules):
        for place, condition in enumerate(rule.any_of):
            if condition.id in seen and not isinstance(condition.id, Unread):
                report(
                    f"opening.eligibility.rules[{index}].any_of[{place}].id",
                    f"“{condition.id}” stands here a second time.",
                )
            seen.add(condition.id)


def check_seats(program: Program, report: Report) -> None:
    """Pools name offices of the file; an office takes its seats from one pool."""
    known = {office.slug for office in program.offices}
    unreadable = any(isinstance(slug, Unread) for slug in known)
    pooled: dict[str, str] = {}
    for index, pool in enumerate(program.seat_pools):
        path = f"seat_pools[{index}]"
        for place, slug in enumerate(pool.offices):
            if isinstance(slug, Unread):
                continue
            if slug not in known and not unreadable:
                report(f"{path}.offices[{place}]", f"The office “{slug}” is unknown.")
            if slug in pooled:
                report(f"{path}.offices[{place}]", f"The office “{slug}” is in the pool “{pooled[slug]}” already.")
            pooled[slug] = pool.slug
        if not isinstance(pool.offices, Unread) and not pool.offices:
            report(f"{path}.offices", "A pool needs at least one office.")
        if pool.spanish_minimum > pool.seats:
            report(f"{path}.spanish_minimum", "The Spanish minimum is higher than the seats.")
    if isinstance(program.seat_pools, Unread) or isinstance(program, Unread):
        return
    for index, office in enumerate(program.offices):
        if not isinstance(office.slug, Unread) and office.slug not in pooled:
            report(f"offices[{index}].slug", f"The office “{office.slug}” is in no seat pool.")


def check_dates(program: Program, report: Report) -> None:
    """Dates follow each other."""
    season, opening = program.season, program.opening
    if season.starts_on and season.ends_on and season.ends_on < season.starts_on:
        report("season.ends_on", "The season ends before it starts.")
    deadline = opening.deadline
    if deadline and opening.published_on and deadline.date < opening.published_on:
        report("opening.deadline.date", "The deadline is before the day of publication.")
    if opening.status == "open" and opening.published_on is None:
        report("opening.published_on", "An open opening needs its day of publication.")


def check_gates(program: Program, report: Report) -> None:
    """A gate that is on needs what it works with."""
    opening = program.opening
    gates = opening.gates
    if gates.recorded_interview is True and opening.recorded_interview is None:
        report("opening.recorded_interview", "The recorded interview is on, but nothing is said about it.")
    if gates.final_interview is True and opening.final_interview is None:
        report("opening.final_interview", "The final interview is on, but nothing is said about it.")
    if gates.placement is True:
        for path, value in (
            ("host_organization", program.host_organization),
            ("offices", program.offices),
            ("seat_pools", program.seat_pools),
            ("opening.routing_weights", opening.routing_weights),
        ):
            if value is None or value == ():
                report(path, "The placement gate is on: this is needed.")
    weights = opening.routing_weights
    if weights:
        total = weights.short_answers + weights.resume + weights.recorded_interview + weights.final_interview
        if total != Decimal(1):
            report("opening.routing_weights", f"The weights must add up to 1, not {total}.")
    if opening.kind == "fellowship" and opening.short_answers is None:
        report("opening.short_answers", "A fellowship opening asks short-answer questions.")


def check_pay(opening: Opening, report: Report) -> None:
    """Pay is stated one way."""
    pay = opening.pay
    if isinstance(pay, Unread) or isinstance(pay.years, Unread):
        return
    if bool(pay.years) == (pay.salary_range is not None):
        report("opening.pay", "State either years or salary_range.")
    if pay.salary_range and pay.salary_range.low > pay.salary_range.high:
        report("opening.pay.salary_range", "The range begins above its end.")
    for index, year in enumerate(pay.years):
        if year.year != index + 1:
            report(f"opening.pay.years[{index}].year", f"This is year {index + 1} of the list.")


def check_eligibility(opening: Opening, report: Report) -> None:
    """Each level of rule has its own shape, and who cannot be placed is a rule."""
    rules = opening.eligibility.rules
    for index, rule in enumerate(rules):
        check_rule(rule, f"opening.eligibility.rules[{index}]", report)
    known = {rule.id for rule in rules}
    if isinstance(rules, Unread) or any(isinstance(name, Unread) for name in known):
        return
    for index, group in enumerate(opening.content.not_placed):
        if not isinstance(group.rule, Unread) and group.rule not in known:
            report(f"opening.content.not_placed[{index}].rule", f"The rule “{group.rule}” is unknown.")


def check_rule(rule: Rule, path: str, report: Report) -> None:
    """A required rule asks one question, an alternative several, a preferred one excludes nobody."""
    if rule.level == "alternative":
        if rule.question is not None or rule.excludes_when is not None:
            report(path, "An alternative rule asks its questions in any_of.")
        if not isinstance(rule.any_of, Unread) and len(rule.any_of) < 2:
            report(f"{path}.any_of", "An alternative rule needs at least two ways in any_of.")
    elif rule.any_of:
        report(f"{path}.any_of", "Only an alternative rule has any_of.")
    elif rule.question is None:
        report(f"{path}.question", "The rule asks no question.")
    if rule.level == "required" and rule.excludes_when is None:
        report(f"{path}.excludes_when", "Say which answer excludes: yes or no.")
    for place, condition in enumerate(rule.any_of):
        if condition.excludes_when is None:
            report(f"{path}.any_of[{place}].excludes_when", "Say which answer excludes: yes or no.")
    if rule.level == "preferred":
        if rule.excludes_when is not None:
            report(f"{path}.excludes_when", "A preferred rule never excludes.")
    elif rule.reason is None:
        report(f"{path}.reason", "Nobody is refused without a reason: say why, in plain words.")


def check_questions(opening: Opening, report: Report) -> None:
    """Questions, documents and levels refer to what exists."""
    answers, recorded, spanish = opening.short_answers, opening.recorded_interview, opening.spanish
    if answers and answers.sentences_low > answers.sentences_high:
        report("opening.short_answers.sentences_low", "The lowest number of sentences is above the highest.")
    known = {question.slug for question in answers.questions} if answers else set()
    for index, question in enumerate(recorded.questions if recorded else ()):
        asked = question.about_answer
        if asked and asked not in known and not any(isinstance(slug, Unread) for slug in known):
            report(
                f"opening.recorded_interview.questions[{index}].about_answer",
                f"The short answer “{asked}” is unknown.",
            )
    levels = [level.level for level in spanish.levels] if spanish else []
    if spanish and spanish.speaks_from not in levels and not any(isinstance(x, Unread) for x in levels):
        report("opening.spanish.speaks_from", "This level is not in the list of levels.")
    slugs = [document.slug for document in opening.documents]
    unreadable = isinstance(opening.documents, Unread) or any(isinstance(slug, Unread) for slug in slugs)
    if "resume" not in slugs and not unreadable:
        report("opening.documents", "Every opening asks for a resume.")


def check_reminders(opening: Opening, report: Report) -> None:
    """Each reminder has words and a time that make sense."""
    if isinstance(opening.reminders, Unread):
        return
    for path, sentence in reminder_faults(opening.reminders):
        report(f"opening.reminders{path}", sentence)
