"""What is said of more pay for Spanish, in the same words on the pages, in the offer and in its letter."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from flask_babel import gettext as _

from app.web.shell import money

if TYPE_CHECKING:
    from app.domain.pay import SpanishIncrease
    from app.models.office import Office


def unstated_pay(office: Office) -> str:
    """Return what an office's silence means, for those who make offers."""
    return _(
        "No Spanish increase is stated for %(office)s; an offer to a verified speaker will carry base pay only.",
        office=office.name,
    )


def unset_pay(office: Office) -> str:
    """Return what it means that an office pays more and nobody has set how much, for those who make offers."""
    return _(
        "%(office)s pays verified Spanish speakers more, but no amount is set; the offer will say so and name none.",
        office=office.name,
    )


def offer_spanish(spanish: SpanishIncrease, hourly: Decimal | None, office: Office) -> str:
    """Return what an offer says to the person who has it; `hourly` is what the offer states."""
    if hourly is not None:
        return _("%(amount)s an hour on top, because you speak Spanish.", amount=money(hourly))
    if spanish.status in ("not_eligible", "level_not_verified", "amount_not_set"):
        return {
            "amount_not_set": _("This office pays more to people who speak Spanish, and you do. No amount is set yet."),
            "level_not_verified": _(
                "This office pays more to people who speak Spanish at the professional level. Yours was not verified; "
                "tell us if you would like it to be."
            ),
            "not_eligible": _("This office does not pay more for Spanish."),
        }[spanish.status]
    return _(
        "No Spanish increase is stated for %(office)s; your offer carries base pay only.",
        office=office.name,
    )


def staff_spanish(spanish: SpanishIncrease, hourly: Decimal | None, office: Office, *, sent: bool = False) -> str:
    """Return the same for program managers; `hourly` is what the offer states, or would state now, if not `sent`."""
    if hourly is not None:
        return _("%(amount)s an hour", amount=money(hourly))
    if sent and spanish.status == "not_stated":
        return _("No Spanish increase is stated for %(office)s; the offer carries base pay only.", office=office.name)
    return {
        "due": _("Due now, but not when the offer left"),
        "amount_not_set": unset_pay(office),
        "level_not_verified": _("Level not verified"),
        "not_eligible": _("Not at this office"),
        "not_stated": unstated_pay(office),
    }[spanish.status]
