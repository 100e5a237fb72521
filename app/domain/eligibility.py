"""Who can be placed: the versioned rules of an opening against a person's own yes/no answers.

A rule is `required` (its one question must be answered well), `alternative` (any one of several
questions is enough) or `preferred` (helps readers, never excludes anybody).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Level = Literal["required", "alternative", "preferred"]


class ConditionLike(Protocol):
    """One yes/no question; `excludes_when` is the answer that does not satisfy it (None: neither does)."""

    @property
    def id(self) -> str: ...
    @property
    def excludes_when(self) -> bool | None: ...


class RuleLike(Protocol):
    """A rule as `program.Rule` holds it, or a row of the database that looks the same."""

    @property
    def id(self) -> str: ...
    @property
    def level(self) -> str: ...
    @property
    def reason(self) -> dict[str, str] | None: ...
    @property
    def conditions(self) -> Iterable[ConditionLike]: ...


@dataclass(frozen=True, slots=True)
class Eligible:
    """No rule excludes the person."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """The rules that exclude the person and, in the same order, why: `{"en": "..."}` each."""

    rule_ids: tuple[str, ...]
    reasons: tuple[dict[str, str], ...]


def check(rules: Iterable[RuleLike], answers: Mapping[str, bool]) -> Eligible | Excluded:
    """Check a person's answers (condition id -> True for yes) against the rules of an opening.

    A question that was not answered excludes nobody; ask `unanswered` before an application is sent.
    """
    broken = [rule for rule in rules if breaks(rule, answers)]
    if not broken:
        return Eligible()
    return Excluded(tuple(rule.id for rule in broken), tuple(rule.reason or {} for rule in broken))


def unanswered(rules: Iterable[RuleLike], answers: Mapping[str, bool]) -> tuple[str, ...]:
    """Return the condition ids that still need an answer before the rules can be decided.

    Preferred questions may stay open, and so may the other ways of an alternative that is met already.
    """
    return tuple(
        condition.id
        for rule in rules
        if rule.level != "preferred" and not any(satisfies(condition, answers) for condition in rule.conditions)
        for condition in rule.conditions
        if condition.id not in answers
    )


def blanks(rules: Iterable[RuleLike], answers: Mapping[str, bool]) -> tuple[str, ...]:
    """Return the condition ids that have no answer at all: what helps and is not needed is asked too."""
    return tuple(condition.id for rule in rules for condition in rule.conditions if condition.id not in answers)


def breaks(rule: RuleLike, answers: Mapping[str, bool]) -> bool:
    """Tell whether every way to satisfy the rule was answered with the answer that excludes."""
    if rule.level == "preferred":
        return False
    conditions = list(rule.conditions)
    return bool(conditions) and all(
        condition.id in answers and answers[condition.id] == condition.excludes_when for condition in conditions
    )


def satisfies(condition: ConditionLike, answers: Mapping[str, bool]) -> bool:
    """Tell whether a question was answered, and not with the answer that excludes."""
    return condition.id in answers and answers[condition.id] != condition.excludes_when
