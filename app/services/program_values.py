"""A program's frozen values as the JSON that an opening's row holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from app.domain.program import Opening, Program, Rule


def plain(value: Any) -> Any:
    """Return a value as JSON takes it: decimals and dates as text (exact), tuples as lists."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def content_of(program: Program) -> dict[str, Any]:
    """Return the public page's sections, and the few facts that have no column of their own.

    Besides the keys of `program.Content`: `pay` (note, spanish_note, spanish_level, certainty of each year),
    `short_answers` (sentences_low, sentences_high), `document_forms` (by document), `organization`, `remote`,
    `mail_subject`, `has_placement`.
    """
    opening = program.opening
    answers = opening.short_answers
    return {
        **plain(opening.content),
        "pay": {
            "note": opening.pay.note,
            "spanish_note": opening.pay.spanish_note,
            "spanish_level": opening.pay.spanish_level,
            "certainty": {str(year.year): year.certainty for year in opening.pay.years},
        },
        "short_answers": (
            {"sentences_low": answers.sentences_low, "sentences_high": answers.sentences_high} if answers else None
        ),
        "document_forms": {document.slug: document.form for document in opening.documents},
        "organization": {"about": program.organization.about, "website": program.organization.website},
        "remote": opening.remote,
        "mail_subject": opening.mail_subject,
        "has_placement": opening.gates.placement,
    }


def pay_columns(opening: Opening) -> dict[str, Decimal | None]:
    """Return the pay columns of an opening; each figure is as stated."""
    years = {year.year: year for year in opening.pay.years}
    one, two, salary = years.get(1), years.get(2), opening.pay.salary_range
    return {
        "year1_hourly": one.hourly if one else None,
        "year1_annual": one.annual if one else None,
        "year2_hourly": two.hourly if two else None,
        "year2_annual": two.annual if two else None,
        "salary_from": salary.low if salary else None,
        "salary_to": salary.high if salary else None,
    }


def recording_settings(opening: Opening) -> dict[str, Any]:
    """Return seconds, retakes and days of the recorded interview; empty where there is none."""
    recorded = opening.recorded_interview
    if recorded is None:
        return {}
    names = ("prep_seconds", "limit_seconds", "grace_seconds", "retakes", "days_to_record")
    return {name: getattr(recorded, name) for name in names}


def final_settings(opening: Opening) -> dict[str, Any]:
    """Return minutes, days, hours and words of the final interview; empty where there is none."""
    final = opening.final_interview
    if final is None:
        return {}
    names = ("minutes", "days_to_book", "reschedule_until_hours", "opening_words", "closing_words")
    return {name: plain(getattr(final, name)) for name in names}


def rules_json(rules: tuple[Rule, ...]) -> list[dict[str, Any]]:
    """Return eligibility rules as they are stored."""
    return [plain(rule) for rule in rules]
