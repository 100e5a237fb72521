"""What people call the actions and faults of the audit log."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.words import N_

# What the check of the chain may find.
FAULT_WORDS: Mapping[str, str] = {
    "changed": N_("An event was changed after it was sealed"),
    "gone": N_("An event that was sealed is gone"),
    "missing": N_("A link of the chain was taken out"),
    "broken": N_("A link does not name the one before it"),
    "head": N_("The chain was made anew: a link that was noted before is another one now"),
    "unsealed": N_("An event was not sealed in time: is the worker running?"),
}
