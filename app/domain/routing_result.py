"""The result of a routing run in its documented JSON form."""

from collections.abc import Sequence

from app.domain.explanations import Explanation, explain
from app.domain.instance import Instance
from app.domain.matching import Outcome, PoolOutcome
from app.domain.words import N_

ALGORITHM = N_("candidate-proposing deferred acceptance")


def result_to_json(
    instance: Instance, outcome: Outcome, sha: str, explanations: Sequence[Explanation] | None = None
) -> dict[str, object]:
    """The whole result; `sha` is the SHA-256 of the input's bytes. Explains the outcome if need be."""
    if explanations is None:
        explanations = explain(instance, outcome)
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
                    {"office": passed.office, "code": passed.code, "text": passed.text}
                    for passed in explanation.passed_over
                ],
            }
            for explanation in explanations
        ],
        "pools": [_pool_to_json(pool) for pool in outcome.pools],
    }


def _pool_to_json(pool: PoolOutcome) -> dict[str, object]:
    cutoff = pool.cutoff
    return {
        "id": pool.id,
        "seats": pool.seats,
        "filled": pool.filled,
        "spanish_filled": pool.spanish_filled,
        "cutoff": {"score": cutoff.score, "lottery": cutoff.lottery} if cutoff else None,
    }
