"""The reminders in a program file: only what differs from the reminders of every opening need stand there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from app.domain.program_values import Words
from app.domain.reminders import Occasion, Recipient
from app.domain.schedules import is_added, occasion_faults, repeated_names
from app.domain.yaml_reading import Between, Unread

Hours = Annotated[int, Between(-8760, 8760)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """One reminder. The reminders of a wait stand in place of everybody's for that wait.

    `step` is its name for ever. Hours count from the start of the wait, or from its date (negative: before it).
    `every_hours`: again after so long, until `until_hours`.
    """

    waits_for: Literal[
        "draft",
        "recording_due",
        "booking_due",
        "final_interview_booked",
        "scorecard_due",
        "placement_in_review",
        "meeting_agreed",
        "offer_sent",
    ]
    step: Words
    words: Words
    to: Literal["applicant", "interviewer", "supervisors", "managers"]
    counts_from: Literal["start", "date"] = "start"
    from_hours: Hours
    until_hours: Hours
    every_hours: Annotated[int, Between(1, 8760)] | None = None
    active: bool = True

    def occasion(self) -> Occasion:
        """Return it as the reminders' own rules know it."""
        return Occasion(
            self.words,
            self.step,
            timedelta(hours=self.from_hours),
            timedelta(hours=self.until_hours),
            Recipient(self.to),
            self.counts_from == "date",
            None if self.every_hours is None else timedelta(hours=self.every_hours),
            self.active,
        )


_KEYS = {"words": "words", "from": "from_hours", "until": "until_hours", "every": "every_hours"}


def reminder_faults(reminders: tuple[Reminder, ...]) -> list[tuple[str, str]]:
    """Return what is wrong: pairs of the path within the list, such as “[0].until_hours”, and a sentence."""
    faults = []
    waits: dict[str, list[int]] = {}
    for place, one in enumerate(reminders):
        if any(isinstance(getattr(one, name), Unread) for name in one.__slots__):
            continue
        waits.setdefault(one.waits_for, []).append(place)
        faults += [
            (f"[{place}].{_KEYS[part]}", sentence) for part, sentence in occasion_faults(one.waits_for, one.occasion())
        ]
        if len(one.step) > 40:
            faults.append((f"[{place}].step", "The name of a reminder has at most 40 characters."))
        if is_added(one.step):
            faults.append((f"[{place}].step", "Names that begin with “added” are for reminders that managers add."))
    for places in waits.values():
        repeated = repeated_names([reminders[place].occasion() for place in places])
        faults += [(f"[{places[number]}].step", "This reminder stands here a second time.") for number in repeated]
    return faults
