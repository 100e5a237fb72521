"""What an invariant is: a sentence that is always true, and the SQL that finds what makes it untrue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import text

from app.domain.words import N_

EXAMPLES = 5


class Ask(Protocol):
    """Something that runs a statement: the session, or a test's own connection."""

    def __call__(self, statement: Any, parameters: Any = None, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """`sql` selects one column: the id of each thing for which the sentence is not true. `:now` is the moment."""

    name: str
    sentence: str
    sql: str
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that is broken: by how many things, and the ids of a few of them."""

    rule: str
    sentence: str
    count: int
    ids: tuple[str, ...]

    def line(self) -> str:
        """One line for the terminal and the log: the rule, the number and ids."""
        return f"{self.rule}: {self.count} ({', '.join(self.ids)}{', ...' if self.count > len(self.ids) else ''})"


RULES: dict[str, Rule] = {}


def rule(sentence: str) -> Callable[[Callable[[], Any]], Rule]:
    """Register a function that returns the SQL, or (SQL, its parameters); its name is the rule's."""

    def register(make: Callable[[], Any]) -> Rule:
        made = make()
        sql, parameters = made if isinstance(made, tuple) else (made, {})
        found = Rule(make.__name__, N_(sentence), sql, parameters)
        RULES[found.name] = found
        return found

    return register


def look(one: Rule, *, now: datetime, ask: Ask) -> Finding | None:
    """Return what breaks the rule, or None where it holds."""
    counted = text(
        f"SELECT count(*), (array_agg(broken.id ORDER BY broken.id))[1:{EXAMPLES}]"
        f" FROM (SELECT DISTINCT found.id::text AS id FROM ({one.sql}) AS found(id)) AS broken"
    )
    parameters = {**one.parameters, **({"now": now} if ":now" in one.sql else {})}
    count, ids = ask(counted, parameters).one()
    return Finding(one.name, one.sentence, count, tuple(ids)) if count else None
