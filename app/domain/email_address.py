"""E-mail addresses: which are taken, one spelling of each, and the slips that are offered back."""

from __future__ import annotations

import email_validator
from email_validator import EmailNotValidError, validate_email

# Names that no mail server has, but that demos and documentation use.
email_validator.SPECIAL_USE_DOMAIN_NAMES = [
    name for name in email_validator.SPECIAL_USE_DOMAIN_NAMES if name not in {"example", "test"}
]

LONGEST = 254
_MEANT = {
    "gmail.com": ("gmial.com", "gmai.com", "gmal.com", "gamil.com", "gnail.com", "gmail.co", "gmail.con", "gmaill.com",
                  "gmail.cm", "gmail.om", "gmil.com", "gmaul.com"),
    "yahoo.com": ("yaho.com", "yahoo.co", "yahoo.con", "yhoo.com", "yahooo.com", "yaoo.com"),
    "hotmail.com": ("hotmial.com", "hotmai.com", "hotmal.com", "hotmail.co", "hotmail.con", "hotmil.com"),
    "outlook.com": ("outlok.com", "outloo.com", "outlook.co", "outlook.con", "outllook.com"),
    "icloud.com": ("iclod.com", "icloud.co", "icloud.con", "icoud.com"),
    "aol.com": ("aol.co", "aol.con"),
}  # fmt: skip
_SLIPS = {slip: domain for domain, slips in _MEANT.items() for slip in slips}


def clean_address(text: str) -> str | None:
    """Return the one spelling under which an address is kept (lower case, ASCII), or None where it is none."""
    text = text.strip()
    if len(text) > LONGEST:
        return None
    try:
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except (EmailNotValidError, ValueError):
        return None
    address = (found.ascii_email or found.normalized).lower()
    return address if len(address) <= LONGEST else None


def did_you_mean(address: str) -> str | None:
    """Return the address that was probably meant, where the domain is a known slip of a common one."""
    local, _, domain = address.rpartition("@")
    meant = _SLIPS.get(domain)
    return f"{local}@{meant}" if meant else None


def masked(address: str) -> str:
    """Return "m***@example.org": enough for its owner to know it again."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}***@{domain}"
