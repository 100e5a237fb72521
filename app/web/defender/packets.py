"""What the office may read about one person, as one tagged PDF: nothing that its page does not show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _

from app.adapters.clock import now
from app.domain.phones import shown_phone
from app.extensions import transaction
from app.queries.documents import resume_of
from app.queries.placements import answers_to_show, decision_on, offer_of_decision, rank_of, strengths_of
from app.services.audit import record
from app.web.files import pdf_response
from app.web.guard import allow, current_person_id
from app.web.letters import letter_response
from app.web.shell import day, localized, when

if TYPE_CHECKING:
    from app.models.routing import Proposal

bp = Blueprint("packets", __name__, url_prefix="/defender/placements/<uuid:proposal_id>")


@bp.get("/packet.pdf")
@allow("placement:file", load="proposal")
def packet(proposal: Proposal) -> ResponseReturnValue:
    """The person's packet; every download is on the record."""
    answer = pdf_response("packet", packet_data(proposal), name=f"packet-{proposal.application.reference}")
    if request.method == "GET":
        with transaction():
            record("packet:download", "proposal", proposal.id, by=current_person_id(), now=now())
    return answer


@bp.get("/letter.pdf")
@allow("placement:read", load="proposal")
def letter(proposal: Proposal) -> ResponseReturnValue:
    """The letter of the offer that left for this office's approval."""
    decision = decision_on(proposal.id)
    offer = offer_of_decision(decision.id) if decision is not None else None
    if offer is None:
        abort(404)
    return letter_response(offer)


def packet_data(proposal: Proposal) -> dict[str, Any]:
    """Return what the packet's template sets: no score, no other office, no note, the statement only by choice."""
    application = proposal.application
    person, opening = application.person, application.opening
    about = [person.pronouns, person.pronunciation, application.reference]
    return {
        "title": person.both_names,
        "lang": str(get_locale()),
        "author": opening.organization.name,
        "kicker": _("%(post)s, for %(office)s", post=localized(opening.title), office=proposal.office.name),
        "about": " · ".join(part for part in about if part),
        "footer": _("For the office in %(office)s only. Made %(when)s.", office=proposal.office.name, when=when(now())),
        "substituted_words": _("□ stands for a sign that this file cannot show. The page shows it."),
        "facts": _facts(proposal),
        "sections": _sections(proposal),
    }


def _facts(proposal: Proposal) -> list[dict[str, str]]:
    application = proposal.application
    starts_on = application.opening.starts_on
    reach = [application.person.email, shown_phone(application.person.phone)]
    rows = [
        (_("Why here"), _why(proposal)),
        (_("Strengths"), strengths_of(application.id) or _("The interviewer wrote no summary.")),
        (_("Spanish"), _spanish(proposal)),
        (_("Start"), day(starts_on) if starts_on is not None else _("To be agreed with you")),
        (_("Reach the person"), " · ".join(part for part in reach if part)),
    ]
    return [{"label": label, "value": str(value)} for label, value in rows]


def _why(proposal: Proposal) -> str:
    office = proposal.office.name
    rank = rank_of(proposal.application_id, proposal.office_id) or proposal.rank
    if rank is None:
        words = _("A program manager proposes this person to %(office)s", office=office)
    elif rank == 1:
        words = _("%(office)s is this person’s first choice", office=office)
    else:
        words = _("%(office)s is this person’s choice number %(n)d", office=office, n=rank)
    spanish = _("The seat is reserved for a Spanish speaker") if proposal.seat == "spanish" else None
    return ". ".join(part for part in (words, spanish) if part) + "."


def _spanish(proposal: Proposal) -> str:
    application = proposal.application
    verified = application.spanish_verified is not None
    if application.spanish_level == "none" and not verified:
        return _("None")
    levels = application.opening.spanish_scale.get("levels", [])
    title = next((level["title"] for level in levels if level["level"] == application.spanish_level), None)
    if title is None:
        return _("Not stated")
    how = _("verified in the interview") if verified else _("as the person says; nobody has verified it")
    return f"{localized(title)}, {how}"


def _sections(proposal: Proposal) -> list[dict[str, Any]]:
    application = proposal.application
    answers = [
        {"title": localized(question.text), "text": answer.text} for question, answer in answers_to_show(application.id)
    ]
    sections = [{"title": _("Short answers"), "parts": answers}] if answers else []
    resume = resume_of(application.id)
    if resume is not None:
        text = resume.text if resume.source == "pasted" else _file_words(resume.pages)
        sections.append({"title": _("Résumé"), "parts": [{"title": "", "text": text}]})
    if application.lived_experience and "office" in application.lived_experience_readers:
        title = _("Lived experience, shared with your office by the person’s own choice")
        sections.append({"title": title, "parts": [{"title": "", "text": application.lived_experience}]})
    return sections


def _file_words(pages: int | None) -> str:
    size = f" ({ngettext('%(num)d page', '%(num)d pages', pages)})" if pages else ""
    return _("The résumé is a file%(size)s. Download it on the person’s page.", size=size)
