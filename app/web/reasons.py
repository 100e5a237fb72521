"""Why one office and not another, in words: with the numbers for staff, in plain words for the person concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _

from app.domain.explanations import applicant_sentence, named_sentence, staff_sentence
from app.queries.routing import own_reasons
from app.web.shell import day

if TYPE_CHECKING:
    from app.models.application import Application
    from app.queries.routing import Reason


def staff_reasons(reasons: Iterable[Reason], pinned: Mapping[str, int] | None = None) -> list[str]:
    """Return the sentences for staff, with scores; offices that share seats may have one sentence together.

    `pinned`: office name -> how many seats of its pool the pins of a what-if take, which the rule did not give.
    """
    pins = pinned or {}
    found = [_by_pins(reason, pins.get(reason.office, 0)) or _sentence(staff_sentence, reason) for reason in reasons]
    return list(dict.fromkeys(found))


def _by_pins(reason: Reason, pinned: int) -> str:
    """Return the sentence of an office whose seats pins take, or nothing."""
    if reason.variant != "full_without_open_seat" or not pinned:
        return ""
    counts = {**reason.params, "locked": int(reason.params["locked"]) - pinned, "pinned": pinned}
    if int(counts["reserved_taken"]):
        return _(
            "%(offices)s: no open seat is left. Seats: %(seats)s; taken by a pin: %(pinned)s; taken or asked "
            "before: %(locked)s; given to Spanish speakers: %(reserved_taken)s.",
            **_shown(counts),
        )
    return _(
        "%(offices)s: no open seat is left. Seats: %(seats)s; taken by a pin: %(pinned)s; taken or asked before: "
        "%(locked)s.",
        **_shown(counts),
    )


def named_reasons(reasons: Iterable[Reason]) -> list[tuple[str, str]]:
    """Return (office, sentence for staff), so that a page can name the office first."""
    return [(reason.office, _short(reason) or _sentence(named_sentence, reason)) for reason in reasons]


def applicant_reasons(reasons: Iterable[Reason]) -> list[str]:
    """Return the sentences for the person concerned: nobody's scores."""
    return [_sentence(applicant_sentence, reason) for reason in reasons]


def plain_reasons(application: Application) -> list[str]:
    """Return why it was not an office that this person ranked higher; for the status and the offer page."""
    return applicant_reasons(own_reasons(application))


def _short(reason: Reason) -> str:
    """Return the shorter sentence for a full office of its own pool that gave no seat by language, or nothing."""
    params = reason.params
    if reason.variant != "full_without_open_seat" or int(params["reserved_taken"]) or len(params["offices"]) > 1:
        return ""
    return _("No open seat in this run. Seats: %(seats)s; taken before it: %(locked)s.", **_shown(params))


def _sentence(say: Callable[..., str], reason: Reason) -> str:
    return say(reason.variant, _shown(reason.params), _)


def _shown(params: Mapping[str, Any]) -> dict[str, Any]:
    shown = dict(params)
    if "offices" in shown:
        shown["offices"] = format_list(shown["offices"], locale=str(get_locale() or "en"))
    if isinstance(shown.get("date"), date):
        shown["date"] = day(shown["date"])
    return shown
