"""An opening's eligibility rules as the database holds them (JSON), read back into the rules' own type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.program import Condition, Rule


def rules_from_json(stored: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Return the rules; keys that a rule does not know are left aside."""
    return tuple(_rule(row) for row in stored)


def _rule(row: Mapping[str, Any]) -> Rule:
    return Rule(
        id=row["id"],
        level=row["level"],
        question=row.get("question"),
        hint=row.get("hint"),
        excludes_when=row.get("excludes_when"),
        any_of=tuple(_condition(each) for each in row.get("any_of") or ()),
        reason=row.get("reason"),
    )


def _condition(row: Mapping[str, Any]) -> Condition:
    return Condition(
        id=row["id"], question=row["question"], hint=row.get("hint"), excludes_when=row.get("excludes_when")
    )
