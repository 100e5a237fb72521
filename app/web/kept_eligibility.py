"""Answers to "can I apply?" wait in the visitor's own session cookie until there is an application.

Nothing about somebody who only looked is stored with us. The shape is what starting an application reads:
session["eligibility"] = {opening id: {"version": 1, "answers": {"transportation": true}}}.
"""

from __future__ import annotations

from uuid import UUID

from flask import session

_KEY = "eligibility"


def keep_eligibility(opening_id: UUID, answers: dict[str, bool], rules_version: int) -> None:
    """Remember the answers for one opening."""
    session[_KEY] = {**session.get(_KEY, {}), str(opening_id): {"version": rules_version, "answers": answers}}


def kept_eligibility(opening_id: UUID) -> dict[str, bool] | None:
    """Return the answers that were given here for this opening."""
    kept = session.get(_KEY, {}).get(str(opening_id))
    return dict(kept["answers"]) if kept else None
