"""The facts of an opening in the words of its page: pay first, then where, how long, until when."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from app.web.shell import day, localized, money

if TYPE_CHECKING:
    from app.models.opening import Opening

EMPLOYMENT = {"full_time": "FULL_TIME", "part_time": "PART_TIME", "temporary": "TEMPORARY", "internship": "INTERN"}


def employment_words(opening: Opening) -> str:
    """Return "Full time"."""
    words = {
        "full_time": _("Full time"),
        "part_time": _("Part time"),
        "temporary": _("Temporary"),
        "internship": _("Internship"),
    }
    return words.get(opening.employment_type, opening.employment_type)


def key_facts(opening: Opening) -> list[dict[str, str]]:
    """Return the facts at the top of the page; pay comes first."""
    return [fact for fact in (*_pay(opening), *_place_and_time(opening)) if fact]


def _pay(opening: Opening) -> list[dict[str, str]]:
    pay: dict[str, Any] = opening.content.get("pay", {})
    facts: list[dict[str, str]] = []
    if opening.year1_hourly is not None:
        facts.append(_year(_("Pay"), opening.year1_hourly, opening.year1_annual, "fixed"))
    if opening.year2_hourly is not None:
        certainty = pay.get("certainty", {}).get("2", "fixed")
        facts.append(_year(_("Second year"), opening.year2_hourly, opening.year2_annual, certainty))
    if opening.salary_from is not None:
        salary = _("%(low)s to %(high)s", low=money(opening.salary_from), high=money(opening.salary_to))
        facts.append({"label": _("Pay"), "value": salary, "more": _("a year, by skills and experience")})
    if pay.get("spanish_note") and any(place.is_open and place.office.spanish_increase for place in opening.offices):
        facts.append({"label": _("Spanish"), "value": _("More pay"), "more": _("in some offices")})
    return facts


def _year(label: str, hourly: Any, annual: Any, certainty: str) -> dict[str, str]:
    value = _("%(pay)s an hour", pay=money(hourly))
    if certainty == "possible":
        # A person decides about it: the page must not promise it.
        label = _("%(year)s, possible", year=label)
    return {"label": label, "value": value, "more": _("or %(pay)s a year", pay=money(annual))}


def _place_and_time(opening: Opening) -> list[dict[str, str]]:
    facts: list[dict[str, str]] = []
    places = [place for place in opening.offices if place.is_open]
    if places:
        where = ngettext("%(num)d office", "%(num)d offices", len(places))
        facts.append({"label": _("Where"), "value": where, "more": opening.location})
    else:
        remote = _("mostly remote") if opening.content.get("remote") else ""
        facts.append({"label": _("Where"), "value": opening.location, "more": remote})
    term = ""
    if opening.term_months:
        years = opening.term_months // 12
        term = ngettext("up to %(num)d year", "up to %(num)d years", years) if years else ""
    facts.append({"label": _("How long"), "value": employment_words(opening), "more": term})
    if opening.closes_at is not None:
        facts.append({"label": _("Apply by"), "value": day(opening.closes_at, opening.time_zone), "more": ""})
    elif opening.status == "open":
        facts.append({"label": _("Apply"), "value": _("No closing date"), "more": _("we read as you send")})
    return facts


def shared_offices(opening: Opening) -> dict[Any, list[str]]:
    """Return office id -> the offices that it shares its seats with."""
    pools: dict[Any, list[Any]] = {}
    for place in opening.offices:
        if place.is_open:
            pools.setdefault(place.pool_id, []).append(place.office)
    return {
        office.id: [other.name for other in offices if other.id != office.id]
        for offices in pools.values()
        for office in offices
        if len(offices) > 1
    }


_PROMISES = {
    "reading": (("read_application", "reading"),),
    "recorded": (("review_recording", "recorded"),),
    "final": (("decide_after_final", "final"),),
    "office": (("propose_office", "routing"), ("office_decision", "office")),
}


def selection_steps(opening: Opening, measured: dict[str, int]) -> list[dict[str, Any]]:
    """Return each step with what we promise and what we measured, in whole days."""
    return [
        {
            "slug": step["slug"],
            "title": localized(step["title"]),
            "text": localized(step["text"]),
            "waits": [
                words
                for promise, measure in _PROMISES.get(step["slug"], ())
                if (words := _wait(promise, opening.promises.get(promise), measured.get(measure)))
            ],
        }
        for step in opening.content.get("selection_steps", [])
    ]


def _wait(promise: str, days: int | None, measured: int | None) -> str:
    if not days:
        return ""
    span = ngettext("%(num)d day", "%(num)d days", days)
    words = {
        "read_application": _("You hear from us within %(days)s.", days=span),
        "review_recording": _("You hear from us within %(days)s of sending your recording.", days=span),
        "decide_after_final": _("You hear from us within %(days)s of the interview.", days=span),
        "propose_office": _("We suggest you to an office within %(days)s, if one has a seat.", days=span),
        "office_decision": _("The office answers within %(days)s.", days=span),
    }[promise]
    if measured is None:
        return words
    half = ngettext(
        "Half of people waited %(num)d day or less.", "Half of people waited %(num)d days or less.", measured
    )
    return f"{words} {half}"


def job_posting(opening: Opening) -> dict[str, Any]:
    """Return the opening as schema.org's JobPosting, for search engines."""
    posting: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "JobPosting",
        "title": localized(opening.title),
        "description": _description(opening),
        "identifier": {"@type": "PropertyValue", "name": opening.organization.name, "value": opening.slug},
        "employmentType": EMPLOYMENT.get(opening.employment_type, "OTHER"),
        "hiringOrganization": {
            "@type": "Organization",
            "name": opening.organization.name,
            "sameAs": opening.content.get("organization", {}).get("website"),
        },
        "jobLocation": _locations(opening),
        "directApply": True,
        "url": url_for("public.openings.show", slug=opening.slug, _external=True),
    }
    if opening.published_on:
        posting["datePosted"] = _iso(opening.published_on)
    if opening.closes_at:
        posting["validThrough"] = opening.closes_at.isoformat()
    if opening.year1_hourly is not None:
        posting["baseSalary"] = _salary("HOUR", value=float(opening.year1_hourly))
    elif opening.salary_from is not None and opening.salary_to is not None:
        posting["baseSalary"] = _salary("YEAR", minValue=float(opening.salary_from), maxValue=float(opening.salary_to))
    return posting


def _iso(value: date) -> str:
    return value.isoformat()


def _salary(unit: str, **amounts: float) -> dict[str, Any]:
    value = {"@type": "QuantitativeValue", "unitText": unit, **amounts}
    return {"@type": "MonetaryAmount", "currency": "USD", "value": value}


def _locations(opening: Opening) -> list[dict[str, Any]]:
    state = opening.host_organization.state if opening.host_organization else "MO"
    towns = [place.office.name for place in opening.offices if place.is_open]
    return [
        {
            "@type": "Place",
            "address": {"@type": "PostalAddress", "addressRegion": state, "addressCountry": "US"}
            | ({"addressLocality": town} if town else {}),
        }
        for town in towns or [""]
    ]


def _description(opening: Opening) -> str:
    parts = [localized(opening.summary), *(localized(text) for text in opening.content.get("what_you_do", []))]
    return "\n".join(parts)
