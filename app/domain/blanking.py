"""Taking out of an answer what tells who wrote it: passages may go, no word may be added or changed."""

from __future__ import annotations

from app.domain.words import N_

MARK = "[…]"
NOTHING_OUT = N_("Put […] where you take a passage out. If nothing identifies the person, say so below.")
CHANGED = N_("Only take passages out: everything that stays has to be the writer’s own words, in the same order.")


def blanked_text(typed: str) -> str:
    """Return the text as it is kept: one kind of mark and of line end."""
    return "\n".join(typed.splitlines()).replace("[...]", MARK).strip()


def blanking_problem(original: str, blanked: str) -> str | None:
    """Return what is wrong with a text that readers shall see instead of the original, or None.

    `blanked` is what `blanked_text` returns.
    """
    whole = "\n".join(original.splitlines()).strip()
    first, *others = blanked.split(MARK)
    if not others:
        return NOTHING_OUT
    last = others.pop()
    if not whole.startswith(first) or not whole.endswith(last):
        return CHANGED
    place, end = len(first), len(whole) - len(last)
    for part in others:
        found = whole.find(part, place, end) if part else place
        if found < 0:
            return CHANGED
        place = found + len(part)
    return None if place < end else CHANGED
