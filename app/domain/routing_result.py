"""The result of a routing run in its documented JSON form."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.domain.explanations import Explanation, explain
from app.domain.instance import Instance
from app.domain.matching import Outcome, PoolOutcome
from app.domain.sentences import SENTENCES, sentences_to_json
from app.domain.words import N_

ALGORITHM = N_("candidate-proposing deferred acceptance")


class Texts:
    """Sentences in the order in which they were first needed."""

    def __init__(self, explanations: Iterable[Explanation]) -> None:
        self.all: list[str] = []
        numbers: dict[tuple[object, ...], int] = {}
        self.rows: dict[str, list[tuple[str, str, int]]] = {}
        for explanation in explanations:
            row = self.rows[explanation.candidate] = []
            for passed in explanation.passed_over:
                key = passed.same_text
                number = numbers.get(key)
                if number is None:
                    number = numbers[key] = len(self.all)
                    self.all.append(passed.text)
                row.append((passed.office, passed.code, number))

    def of(self, candidate: str) -> list[str]:
        """The sentences of one person, in the order of the ranks."""
        return [self.all[number] for _, _, number in self.rows.get(candidate, ())]


def result_to_json(
    instance: Instance, outcome: Outcome, sha: str, explanations: Sequence[Explanation] | None = None
) -> dict[str, Any]:
    """The whole result; `sha` is the SHA-256 of the input's bytes. Explains the outcome if need be."""
    if explanations is None:
        explanations = explain(instance, outcome)
    sentences = Texts(explanations)
    return {
        "run": {"input_sha256": sha, "season": instance.season, "algorithm": ALGORITHM},
        "assignments": [
            {
                "candidate": assignment.candidate,
                "office": assignment.office,
                "rank": assignment.rank,
                "seat": assignment.seat,
            }
            for assignment in outcome.assignments
        ],
        "unplaced": list(outcome.unplaced),
        "explanations": [
            {
                "candidate": explanation.candidate,
                "passed_over": [
                    {"office": passed.office, "code": passed.code, "text": text}
                    for passed, text in zip(explanation.passed_over, sentences.of(explanation.candidate), strict=True)
                ],
            }
            for explanation in explanations
        ],
        "pools": [_pool_to_json(pool) for pool in outcome.pools],
    }


def stored_result(
    instance: Instance, outcome: Outcome, sha: str, explanations: Sequence[Explanation]
) -> dict[str, Any]:
    """The result as a run keeps it: with what `Sentences` needs to name offices and to translate."""
    result = result_to_json(instance, outcome, sha, explanations)
    result[SENTENCES] = sentences_to_json(explanations)
    return result


def canonical_bytes(result: Mapping[str, object]) -> bytes:
    """The bytes by which two results are compared: compact JSON with sorted keys, documented keys only."""
    documented = {key: value for key, value in result.items() if key != SENTENCES}
    text = json.dumps(documented, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def _pool_to_json(pool: PoolOutcome) -> dict[str, object]:
    cutoff = pool.cutoff
    return {
        "id": pool.id,
        "seats": pool.seats,
        "filled": pool.filled,
        "spanish_filled": pool.spanish_filled,
        "cutoff": {"score": cutoff.score, "lottery": cutoff.lottery} if cutoff else None,
    }


def result_lines(result: Mapping[str, object]) -> Iterator[str]:
    """A result as the text of a JSON file with one line for each entry, so that two can be compared."""
    encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
    opening = "{"
    for key, value in result.items():
        yield f"{opening}{encode(key)}: "
        opening = ",\n"
        if isinstance(value, list) and value:
            yield "[\n"
            for row in value[:-1]:
                yield f"{encode(row)},\n"
            yield f"{encode(value[-1])}\n]"
        else:
            yield encode(value)
    yield "}\n"
