"""A run's result as it is kept: each sentence once, however many people it is true of.

The documented form repeats a sentence for everybody whom it concerns; half a million of them are 75 MB. Here a
reason is [office, code, number of its sentence], and `whole_result` gives back the documented form.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.domain.explanations import Explanation
from app.domain.instance import Instance
from app.domain.matching import Outcome
from app.domain.routing_result import Texts, result_to_json
from app.domain.sentences import SENTENCES, sentences_to_json

TEXTS = "texts"


def kept_result(
    instance: Instance, outcome: Outcome, sha: str, explanations: Sequence[Explanation], texts: Texts
) -> dict[str, Any]:
    """The result in the form in which a run keeps it; `whole_result` is its inverse."""
    # The long lists have a shorter form of their own.
    result = result_to_json(instance, replace(outcome, assignments=()), sha, [])
    result["assignments"] = [tuple(assignment) for assignment in outcome.assignments]
    result["explanations"] = texts.rows
    result[TEXTS] = texts.all
    result[SENTENCES] = sentences_to_json(explanations)
    return result


def whole_result(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The documented result, with what its sentences name beside it."""
    texts = kept[TEXTS]
    whole = {key: value for key, value in kept.items() if key != TEXTS}
    whole["assignments"] = [
        {"candidate": candidate, "office": office, "rank": rank, "seat": seat}
        for candidate, office, rank, seat in kept["assignments"]
    ]
    whole["explanations"] = [
        {
            "candidate": candidate,
            "passed_over": [{"office": office, "code": code, "text": texts[number]} for office, code, number in rows],
        }
        for candidate, rows in kept["explanations"].items()
    ]
    return whole
