"""How long an application is kept: the program's rule, as the pages say it. Whoever asks is answered earlier.

Public employers keep the records of a hiring decision for two years from the last personnel action. A legal hold
stops the clock's word, whatever the date.
"""

from __future__ import annotations

from calendar import isleap
from datetime import date, datetime, timedelta

from app.domain.pipeline import ENDED_STATES

# After the end of the season, or the last action if that is later.
KEPT_YEARS = 2
# Whoever asks us to delete their recording: once it was watched, and in any case before 30 days are over.
RECORDING_DAYS = 30
_SAFETY = timedelta(days=1)
# States in which the recording is still to be watched or decided about.
_RECORDING_NEEDED = frozenset({"recording_due", "recording_in_review", "recording_decision"})


def last_action_on(
    state: str, *, moved_on: date, saved_on: date | None, season_ends_on: date | None, works_until: date | None
) -> date | None:
    """Return the day of the last personnel action, or None while one is still to come.

    A placement counts until its end; a draft that was never sent until it was last saved.
    """
    if state == "placed" and works_until is None:
        return None
    if state not in ENDED_STATES and state != "draft":
        return None
    days = [moved_on, saved_on, season_ends_on, works_until if state in ("placed", "placement_ended") else None]
    return max(day for day in days if day is not None)


def erase_on(last_action: date) -> date:
    """Return the first day on which two whole years have passed."""
    year = last_action.year + KEPT_YEARS
    if (last_action.month, last_action.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1) + _SAFETY
    return last_action.replace(year=year) + _SAFETY


def recording_goes_at(asked_at: datetime, state: str) -> datetime:
    """Return from when on a recording may be deleted whose writer asked for it."""
    return asked_at + timedelta(days=RECORDING_DAYS) - _SAFETY if state in _RECORDING_NEEDED else asked_at
