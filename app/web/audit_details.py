"""What the audit log keeps beside an event, in words. The download has the same as it is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _

from app.domain.access import Role
from app.domain.roles import REVOKE_REASONS, ROLE_LABELS, RevokeReason
from app.domain.words import N_
from app.web.shell import day, when

LABELS: Mapping[str, str] = {
    "after": N_("After"),
    "backup_made_at": N_("Backup made"),
    "because": N_("Why"),
    "before": N_("Before"),
    "cause": N_("Why"),
    "due": N_("Due"),
    "files": N_("Files"),
    "kind": N_("Kind"),
    "last_day": N_("Last day"),
    "leaving": N_("Mails that leave"),
    "lines": N_("Lines"),
    "office": N_("Office"),
    "offices": N_("Offices"),
    "outcome": N_("Outcome"),
    "part": N_("Part"),
    "policy": N_("Who reads"),
    "reason": N_("Why"),
    "role": N_("Role"),
    "seats": N_("Seats"),
    "side": N_("By"),
    "spanish_increase": N_("More pay for Spanish"),
    "spanish_increase_hourly": N_("More pay for Spanish, an hour"),
    "spanish_minimum": N_("Seats for Spanish speakers"),
    "spanish_need": N_("Need for Spanish"),
    "status": N_("Status"),
    "two_release": N_("Two people release"),
    "unconfirmed": N_("Uncertain mails"),
    "until": N_("Until"),
    "wanted": N_("Asked for"),
    "way": N_("By"),
}
# What only a machine looks up: it is in the download. `fields` are the names of what `changed` tells.
_FOR_MACHINES = frozenset({"seq", "event", "fields", "worker"})
_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def details_words(details: Mapping[str, Any]) -> list[str]:
    """Return each detail of an event as "label: value"; ids and what has no value are left out."""
    lines = []
    changed = details.get("changed")
    pair = {"before", "after"} <= set(details)
    if pair:
        lines.append(f"{_value('before', details['before'])} → {_value('after', details['after'])}")
    # The database keeps the names in an order of its own.
    for name, value in sorted(details.items()):
        shown = name != "changed" and name not in _FOR_MACHINES and value is not None
        shown = shown and not (pair and name in ("before", "after"))
        if shown and not (isinstance(value, str) and _ID.fullmatch(value)):
            lines.append(f"{_label(name)}: {_value(name, value)}")
    if isinstance(changed, dict):
        lines += [_change(name, pair) for name, pair in changed.items()]
        others = [_label(name) for name in details.get("fields", ()) if name not in changed]
        lines += [_("Changed: %(names)s", names=", ".join(others))] if others else []
    elif changed:
        lines.append(_("Changed: %(names)s", names=", ".join(_label(str(name)) for name in changed)))
    return lines


def _change(name: str, pair: Any) -> str:
    if isinstance(pair, list) and len(pair) == 2:
        return f"{_label(name)}: {_value(name, pair[0])} → {_value(name, pair[1])}"
    return f"{_label(name)}: {_value(name, pair)}"


def _label(name: str) -> str:
    return _(LABELS[name]) if name in LABELS else name.replace("_", " ").capitalize()


def _value(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_value(name, one) for one in value)
    if value is None or value in ("", "None"):
        return _("nothing")
    if value is True or value == "True":
        return _("yes")
    if value is False or value == "False":
        return _("no")
    text = str(value)
    if name == "role" and text in set(Role):
        return _(ROLE_LABELS[Role(text)])
    if name == "reason" and text in set(RevokeReason):
        return _(REVOKE_REASONS[RevokeReason(text)])
    return _moment(text) or text.replace("_", " ")


def _moment(text: str) -> str | None:
    if not re.match(r"\d{4}-\d\d-\d\d", text):
        return None
    try:
        return day(date.fromisoformat(text)) if len(text) == 10 else when(datetime.fromisoformat(text))
    except ValueError:
        return None
