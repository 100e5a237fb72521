"""What a run keeps gives back the documented result, word for word."""

from hypothesis import given, settings

from app.domain.explanations import explain
from app.domain.kept_result import kept_result, whole_result
from app.domain.matching import solve
from app.domain.packing import pack_json, unpack_json
from app.domain.routing_result import Texts, stored_result
from tests.domain.routing_oracle import instances


@settings(max_examples=150, deadline=None)
@given(instances(people=7))
def test_the_documented_result_comes_back(instance):
    outcome = solve(instance)
    explanations = explain(instance, outcome)
    texts = Texts(explanations)
    kept = unpack_json(pack_json(kept_result(instance, outcome, "sha", explanations, texts)))
    assert whole_result(kept) == unpack_json(pack_json(stored_result(instance, outcome, "sha", explanations)))
    assert [texts.of(each.candidate) for each in explanations] == [
        [passed.text for passed in each.passed_over] for each in explanations
    ]
    assert texts.of("nobody") == []
