"""A stored run solved again: the same bytes, or what differs."""

import json
from datetime import date

from hypothesis import given, settings

from app.domain.explanations import explain
from app.domain.instance import Instance, input_sha256, instance_bytes
from app.domain.matching import solve
from app.domain.replay import replay
from app.domain.routing_result import canonical_bytes, result_lines, stored_result
from tests.domain.routing_oracle import instances
from tests.domain.test_result_check import INSTANCE


def stored_run(instance: Instance, **dates: object) -> tuple[str, str, dict]:
    """Text of the instance, its hash, and the result as the database gives it back."""
    data = instance_bytes(instance)
    outcome = solve(instance)
    result = stored_result(instance, outcome, input_sha256(data), explain(instance, outcome, **dates))
    return data.decode(), input_sha256(data), json.loads(json.dumps(result, sort_keys=True))


@settings(max_examples=60, deadline=None)
@given(instances(people=6))
def test_replay_gives_the_same_bytes(instance):
    text, sha, stored = stored_run(instance)
    again = replay(text, sha, stored)
    assert again.differences == ()
    assert canonical_bytes(again.result) == canonical_bytes(stored)


def test_dates_come_from_the_stored_sentences():
    dates = {"declined_on": {("c5", "rolla"): date(2027, 3, 1)}, "held_until": {"nevada": date(2027, 5, 1)}}
    text, sha, stored = stored_run(INSTANCE, **dates)
    assert replay(text, sha, stored).differences == ()
    assert "2027-03-01" in json.dumps(replay(text, sha, stored).result)


def test_every_change_is_named_with_its_place():
    text, sha, stored = stored_run(INSTANCE)
    stored["assignments"][0]["rank"] = 3
    stored["pools"][3]["cutoff"]["lottery"] = 812.0
    stored["unplaced"].append("c7")
    stored["extra"] = 1
    del stored["sentences"]["people"]["c2"]
    assert replay(text, sha, stored).differences == (
        "$.assignments[0].rank: stored is 3, 1 comes out",
        "$.extra: is stored, but does not come out",
        "$.pools[3].cutoff.lottery: stored is 812.0, 455 comes out",
        "$.sentences.people.c2: is missing",
        "$.unplaced: 3 entries are stored, 2 come out",
    )


def test_number_written_in_another_way_is_another_byte():
    text, sha, stored = stored_run(INSTANCE)
    stored["assignments"][0]["rank"] = 1.0
    assert replay(text, sha, stored).differences == ("$.assignments[0].rank: stored is 1.0, 1 comes out",)


def test_changed_instance_is_noticed():
    text, sha, stored = stored_run(INSTANCE)
    again = replay(text.replace('"seats":2', '"seats":3', 1), sha, stored)
    assert "the run says" in again.differences[0]
    assert any(line.startswith("$.run.input_sha256") for line in again.differences)
    broken = replay("{}", sha, stored)
    assert broken.result is None
    assert "the stored instance: $.season: is missing" in broken.differences


def test_result_file_has_one_line_for_each_entry_and_holds_the_same():
    _, _, stored = stored_run(INSTANCE)
    text = "".join(result_lines(stored))
    assert json.loads(text) == stored
    assert f"{json.dumps(stored['assignments'][0])},\n" in text
    assert "".join(result_lines({"run": {}, "unplaced": []})) == '{"run": {},\n"unplaced": []}\n'
