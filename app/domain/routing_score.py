"""The routing score: a stated weighted sum of what people scored at the gates, on a scale from 0 to 20.

No machine judges anybody: every number that goes in was given by a person.
"""

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

LOWEST_RESULT, HIGHEST_RESULT = Fraction(1), Fraction(4)
HIGHEST_SCORE = Fraction(20)

DEFAULT_WEIGHTS: Mapping[str, Fraction] = MappingProxyType(
    {
        "short_answers": Fraction(30, 100),
        "resume": Fraction(10, 100),
        "recorded_interview": Fraction(25, 100),
        "final_interview": Fraction(35, 100),
    }
)


def scaled_result(result: Fraction) -> Fraction:
    """A gate's result, 1 to 4, as 0 to 20; ValueError outside the rubric's scale."""
    if not LOWEST_RESULT <= result <= HIGHEST_RESULT:
        raise ValueError(f"a gate's result is between 1 and 4, not {result}")
    return (result - LOWEST_RESULT) * HIGHEST_SCORE / (HIGHEST_RESULT - LOWEST_RESULT)


def routing_score(
    results: Mapping[str, Fraction | None], weights: Mapping[str, Fraction] = DEFAULT_WEIGHTS
) -> Fraction:
    """The weighted score, 0 to 20, exact. Results are means on the 1-4 rubric scale, by gate.

    A gate that is absent or None gives its weight to the others in proportion. ValueError for a gate without
    a stated weight, a negative weight, or when no weighted gate has a result.
    """
    scored = {gate: Fraction(result) for gate, result in results.items() if result is not None}
    unknown = sorted(scored.keys() - weights.keys())
    if unknown:
        raise ValueError(f"no weight is stated for {', '.join(unknown)}")
    if any(weight < 0 for weight in weights.values()):
        raise ValueError("a weight is never negative")
    total = sum((Fraction(weights[gate]) for gate in scored), Fraction(0))
    if not total:
        raise ValueError("no gate with a weight has a result")
    return (
        sum((scaled_result(result) * Fraction(weights[gate]) for gate, result in scored.items()), Fraction(0)) / total
    )
