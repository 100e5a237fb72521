"""The second factor of staff: a code from an app on their phone (TOTP), each usable once."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from uuid import UUID

import pyotp

from app.models.person import Person
from app.services.audit import record
from app.services.limits import Limit

STEP_SECONDS = 30
TRIES_PER_PERSON = (Limit(5, timedelta(minutes=5)),)


def begin_enrollment(person: Person) -> None:
    """Draw a secret, unless one is drawn already; it counts only once a code of it was entered."""
    if person.totp_secret is None:
        person.totp_secret = pyotp.random_base32()


def enrollment_uri(person: Person, issuer: str) -> str:
    """Return what the QR code holds."""
    assert person.totp_secret is not None
    return pyotp.TOTP(person.totp_secret).provisioning_uri(name=person.email, issuer_name=issuer)


def check_second_factor(person: Person, digits: str, *, now: datetime) -> bool:
    """Tell whether the code is right and was not used before; the first right one enrolls the person.

    A clock may be off by one step (30 seconds) either way.
    """
    if person.totp_secret is None:
        return False
    totp = pyotp.TOTP(person.totp_secret)
    present = int(now.timestamp()) // STEP_SECONDS
    for step in (present, present - 1, present + 1):
        fresh = person.totp_last_step is None or step > person.totp_last_step
        if hmac.compare_digest(totp.at(step * STEP_SECONDS).encode(), digits.encode()) and fresh:
            person.totp_last_step = step
            if person.totp_enrolled_at is None:
                person.totp_enrolled_at = now
                record("second_factor:enroll", "person", person.id, by=person.id, now=now)
            return True
    return False


def reset_second_factor(person: Person, *, by: UUID | None, now: datetime) -> None:
    """Forget a lost device: the person enrolls anew at the next sign-in."""
    person.totp_secret = None
    person.totp_enrolled_at = None
    person.totp_last_step = None
    record("second_factor:reset", "person", person.id, by=by, now=now)
