"""Phone numbers: read in any way of writing, kept and linked as E.164, shown as people of the country write them."""

from __future__ import annotations

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_possible_number,
    parse,
)

HOME = "US"


def e164(typed: str | None) -> str | None:
    """Return "+15735550123", or None where this is no phone number."""
    number = _parsed(typed)
    return None if number is None else format_number(number, PhoneNumberFormat.E164)


def shown_phone(stored: str | None) -> str:
    """Return "(573) 555-0123" for a number at home, "+52 55 5555 0123" for others; other text as it is."""
    number = _parsed(stored)
    if number is None:
        return stored or ""
    at_home = number.country_code == 1
    return format_number(number, PhoneNumberFormat.NATIONAL if at_home else PhoneNumberFormat.INTERNATIONAL)


def phone_link(stored: str | None) -> str | None:
    """Return "tel:+15735550123", which every phone dials from everywhere; None where this is no number."""
    number = e164(stored)
    return None if number is None else f"tel:{number}"


def _parsed(typed: str | None) -> PhoneNumber | None:
    try:
        number = parse(typed or "", HOME)
    except NumberParseException:
        return None
    return number if is_possible_number(number) else None
