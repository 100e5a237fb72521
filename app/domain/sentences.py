"""The reasons of a stored result in parts, so that pages can name offices and translate.

A result says why in whole sentences. Beside them a run keeps, once for each pool and each person, the numbers
that the sentences name; the parts of any one sentence are put together from these when somebody looks at it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.explanations import Explanation, PassedOver
from app.domain.instance import Candidate
from app.domain.matching import Cutoff, PoolOutcome

SENTENCES = "sentences"  # the key in a stored result, beside the documented ones

Row = Mapping[str, Any]
Part = dict[str, Any]  # office, code, text, variant, params


def parts_of(explanation: Explanation, texts: Sequence[str]) -> list[Part]:
    """The parts of one person's sentences; `texts` are the sentences themselves."""
    return [_part(each, text) for each, text in zip(explanation.passed_over, texts, strict=True)]


def _part(each: PassedOver, text: str) -> Part:
    return {"office": each.office, "code": each.code, "text": text, "variant": each.variant, "params": each.params}


def sentences_to_json(explanations: Sequence[Explanation]) -> dict[str, object]:
    """What the sentences name and the result does not say: by pool, and by person."""
    pools = {each.pool.id: each.pool for explanation in explanations for each in explanation.passed_over}
    return {
        "pools": {
            pool.id: {
                "offices": list(pool.offices),
                "bid_price": pool.bid_price,
                "locked": pool.locked,
                "reserved_taken": pool.reserved_taken,
            }
            for pool in pools.values()
        },
        "people": {
            explanation.candidate: _person(explanation) for explanation in explanations if explanation.passed_over
        },
    }


def _person(explanation: Explanation) -> dict[str, object]:
    first = explanation.passed_over[0]
    person = first.candidate
    found: dict[str, object] = {"score": person.score, "lottery": first.lottery}
    if person.waits_for is not None:
        found["waits_for"] = person.waits_for
    scores = {
        each.office: person.scores[each.office] for each in explanation.passed_over if each.office in person.scores
    }
    if scores:
        found["scores"] = scores
    days = {each.office: each.day.isoformat() for each in explanation.passed_over if each.day is not None}
    if days:
        found["days"] = days
    return found


class Sentences:
    """The parts of a stored result's sentences, person by person."""

    def __init__(self, result: Row) -> None:
        stored = result.get(SENTENCES) or {}
        # Runs of earlier versions kept the parts themselves.
        self._whole: Mapping[str, list[Part]] | None = stored if stored and "people" not in stored else None
        self._people: Mapping[str, Row] = stored.get("people", {})
        self._pools = {row["id"]: _pool(row, stored["pools"][row["id"]]) for row in self._explaining(result, stored)}
        self._pool_of = {office: pool for pool in self._pools.values() for office in pool.offices}
        self._entries = {row["candidate"]: row["passed_over"] for row in result["explanations"]}

    @staticmethod
    def _explaining(result: Row, stored: Row) -> list[Row]:
        return [row for row in result["pools"] if row["id"] in stored["pools"]] if "people" in stored else []

    def of(self, candidate: str) -> list[Part]:
        """The parts of this person's sentences, in the order of the ranks; nothing for whom nothing is explained."""
        if self._whole is not None:
            return self._whole.get(candidate, [])
        entries, facts = self._entries.get(candidate), self._people.get(candidate)
        if not entries or facts is None:
            return []
        person = Candidate(
            candidate, score=facts["score"], scores=facts.get("scores", {}), waits_for=facts.get("waits_for")
        )
        days = {office: date.fromisoformat(day) for office, day in facts.get("days", {}).items()}
        return [
            _part(
                PassedOver(
                    entry["office"],
                    entry["code"],
                    person,
                    person.score_at(entry["office"]),
                    facts["lottery"],
                    self._pool_of[entry["office"]],
                    days.get(entry["office"]),
                ),
                entry["text"],
            )
            for entry in entries
        ]


def _pool(row: Row, facts: Row) -> PoolOutcome:
    """A pool as far as sentences name it."""
    cutoff = row["cutoff"]
    return PoolOutcome(
        id=row["id"],
        offices=tuple(facts["offices"]),
        seats=row["seats"],
        bid_price=facts["bid_price"],
        locked=facts["locked"],
        filled=row["filled"],
        spanish_filled=row["spanish_filled"],
        reserved_taken=facts["reserved_taken"],
        reserved_held=0,
        open_seats=0,
        cutoff=Cutoff(cutoff["score"], cutoff["lottery"], "") if cutoff else None,
    )
