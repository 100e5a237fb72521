"""Writing the reminders of an opening, from its file or by a manager. Nothing that went out goes out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from app.domain.program_reminders import Reminder
from app.domain.refusals import Refusal
from app.domain.reminders import Occasion
from app.domain.schedules import added_name, fingerprint, is_unsaved, same_rule
from app.domain.words import N_
from app.extensions import db
from app.models.opening import Opening
from app.models.reminder import ReminderRule
from app.queries.schedules import rules_of, schedule_of
from app.services.audit import record
from app.services.reminders import look_again

# What an opening has had from its first day on.
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)
SOMEBODY_ELSE = N_("Somebody else has changed these reminders meanwhile. Look at them again.")


def load_schedule(opening: Opening, reminders: Sequence[Reminder], *, now: datetime) -> list[str]:
    """Bring an opening's reminders up to its file; what managers have changed stays. Returns what changed."""
    wanted: dict[str, list[Occasion]] = {}
    for one in reminders:
        wanted.setdefault(one.waits_for, []).append(one.occasion())
    said = []
    for wait, occasions in wanted.items():
        rules = rules_of(opening.id, wait)
        if any(rule.changed_by_id is not None for rule in rules):
            continue
        if _write(opening, wait, occasions, by=None, now=now):
            said.append(f"reminders: {wait}")
    if said:
        look_again(opening, now=now)
    return said


def change_schedule(
    opening: Opening, wanted: Mapping[str, Sequence[Occasion]], *, seen: str, by: UUID, now: datetime
) -> list[str]:
    """Give an opening these reminders; return the waits that changed.

    `seen` is the fingerprint of the schedule that the manager looked at. Raises Refusal where it is another by now.
    What would have been due before this moment by the new schedule is not sent. What is added gets its name for ever.
    """
    db.session.refresh(opening, with_for_update=True)
    if fingerprint(schedule_of(opening.id)) != seen:
        raise Refusal(SOMEBODY_ELSE)
    changed = [wait for wait, ones in wanted.items() if _write(opening, wait, _named(ones), by=by, now=now)]
    if changed:
        look_again(opening, now=now)
        record("opening:reminders", "opening", opening.id, by=by, now=now, changed=sorted(changed))
    return changed


def _named(occasions: Sequence[Occasion]) -> list[Occasion]:
    """A name that was never used, also by one that was taken away: whoever had that one gets this one, too."""
    return [replace(one, name=added_name(uuid4().hex[:12])) if is_unsaved(one.name) else one for one in occasions]


def _write(opening: Opening, wait: str, occasions: Sequence[Occasion], *, by: UUID | None, now: datetime) -> bool:
    """Write the rules of one wait where they differ; only what differs is in force from now on."""
    before = {(one.name, one.recipient): one for one in schedule_of(opening.id)[wait]}
    after = {(one.name, one.recipient): one for one in occasions}
    rows = {(rule.step, rule.recipient): rule for rule in rules_of(opening.id, wait)}
    same = before.keys() == after.keys() and all(same_rule(before[key], after[key]) for key in after)
    if same and (rows or by is not None):
        return False
    for key in rows.keys() - after.keys():
        db.session.delete(rows[key])
    for position, (key, occasion) in enumerate(after.items(), 1):
        old = before.get(key)
        row = rows.get(key)
        if row is None:
            row = ReminderRule(opening_id=opening.id, waits_for=wait, step=occasion.name, recipient=occasion.recipient)
            db.session.add(row)
        row.position, row.kind, row.to_deadline = position, occasion.kind, occasion.to_deadline
        row.from_hours, row.until_hours = occasion.moment // _HOUR, occasion.end // _HOUR
        row.every_hours = None if occasion.every is None else occasion.every // _HOUR
        row.is_on, row.changed_by_id = occasion.is_on, by
        unchanged = old is not None and same_rule(old, occasion)
        row.in_force_since = (old.in_force_since or EVER) if old is not None and unchanged else now
    db.session.flush()
    return True
