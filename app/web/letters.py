"""The offer as a letter, the same for the applicant, the office and the program manager."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from flask import Response, request
from flask_babel import get_locale
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.placements import local_day
from app.extensions import transaction
from app.queries.people import supervisors_of
from app.queries.placements import spanish_pay
from app.services.audit import record
from app.web.files import pdf_response
from app.web.guard import current_person_id
from app.web.shell import day, localized, money, when
from app.web.spanish_words import offer_spanish

if TYPE_CHECKING:
    from app.models.placement import Offer


def letter_response(offer: Offer) -> Response:
    """Return the letter as a file; every download is on the record."""
    answer = pdf_response("letter", letter_data(offer), name=f"offer-{offer.application.reference}")
    if request.method == "GET":
        with transaction():
            record("letter:download", "offer", offer.id, by=current_person_id(), now=now())
    return answer


def letter_data(offer: Offer) -> dict[str, Any]:
    """Return what the letter's template sets."""
    application, office = offer.application, offer.office
    opening = application.opening
    organization = opening.organization
    post = localized(opening.title)
    return {
        "title": _("Your offer: %(post)s in %(office)s", post=post, office=office.name),
        "lang": str(get_locale()),
        "author": organization.name,
        "sender": organization.name,
        "date_line": _full(local_day(offer.sent_at, opening.time_zone)),
        "recipient": "\n".join(
            part for part in (application.person.full_name or application.person.name, application.reference) if part
        ),
        "opening_words": [
            _("Hello %(name)s,", name=application.person.name),
            _(
                "%(host)s and %(organization)s would like you to work as a %(post)s in the office in %(office)s. "
                "This letter says what we offer.",
                host=office.host_organization.name,
                organization=organization.name,
                post=post,
                office=office.name,
            ),
        ],
        "facts": _facts(offer),
        "pay": _pay(offer),
        "conditions": {"title": _("Conditions of the office"), "text": offer.conditions or ""},
        "sections": [
            {"title": _("Your answer"), "text": _answer_words(offer)},
            {"title": _("Questions"), "text": _whom_to_ask(offer)},
        ],
        "footer": _("Offer %(reference)s", reference=application.reference),
        "substituted_words": _("□ stands for a sign that this file cannot show. The page shows it."),
    }


def _facts(offer: Offer) -> list[dict[str, str]]:
    office = offer.office
    name = f"{office.name}, {office.county}" if office.county else office.name
    where = f"{name}\n{office.address}" if office.address else name
    supervisors = ", ".join(person.name for person in supervisors_of(office.id))
    rows = [
        (_("Office"), where),
        (_("Your supervisor"), supervisors or _("We tell you before you start")),
        (_("Start"), _full(offer.starts_on) if offer.starts_on else _("To be agreed with the office")),
        (_("End"), _full(offer.ends_on) if offer.ends_on else _("Up to two years after the start")),
    ]
    return [{"label": label, "value": str(value)} for label, value in rows]


def _pay(offer: Offer) -> dict[str, Any]:
    rows = [[_("First year"), money(offer.year1_hourly), money(offer.year1_annual)]]
    notes = []
    if offer.year2_hourly is not None:
        rows.append([_("Second year (possible)"), money(offer.year2_hourly), money(offer.year2_annual)])
        notes.append(
            _("The higher pay of the second year is possible, not automatic: a person decides about it and says why.")
        )
    spanish = spanish_pay(offer.application, offer.office)
    notes.append(offer_spanish(spanish, offer.spanish_increase_hourly, offer.office))
    return {
        "title": _("Pay"),
        "head": [_("Year"), _("An hour"), _("A year")],
        "rows": rows,
        "notes": notes,
    }


def _answer_words(offer: Offer) -> str:
    if offer.answer == "accepted" and offer.answered_at is not None:
        return _("You accepted this offer on %(when)s.", when=when(offer.answered_at))
    if offer.answer == "declined" and offer.answered_at is not None:
        return _("You declined this offer on %(when)s.", when=when(offer.answered_at))
    return _(
        "Please answer by %(when)s, on the page of your application. Nothing happens by itself: "
        "ask us if you need more time.",
        when=when(offer.answer_by),
    )


def _whom_to_ask(offer: Offer) -> str:
    organization = offer.application.opening.organization
    reach = " · ".join(part for part in (organization.help_email, organization.help_phone) if part)
    return _("%(organization)s answers them: %(reach)s", organization=organization.name, reach=reach)


def _full(value: date) -> str:
    """Return a day with its year: a letter is kept."""
    text = day(value)
    return text if str(value.year) in text else f"{text}, {value.year}"
