"""The checker of results: it agrees with every true result, and notices each kind of lie."""

import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.explanations import explain
from app.domain.instance import Instance
from app.domain.instance_reading import parse_instance
from app.domain.matching import solve
from app.domain.result_check import proposal_faults, result_faults
from app.domain.routing_result import stored_result
from app.domain.sentences import Sentences, parts_of
from tests.domain.routing_oracle import instances

INSTANCE = parse_instance(
    {
        "season": "2027",
        "seed": "any text",
        "pools": [
            {"id": "southwest", "seats": 2, "spanish_minimum": 1},
            {"id": "rolla", "seats": 2},
            {"id": "jackson", "seats": 1, "bid_price": 12.3},
            {"id": "nevada", "seats": 1, "spanish_minimum": 1},
            {"id": "hillsboro", "seats": 0},
        ],
        "offices": [
            {"id": "monett", "pool": "southwest"},
            {"id": "ava", "pool": "southwest"},
            {"id": "rolla", "pool": "rolla"},
            {"id": "jackson", "pool": "jackson"},
            {"id": "nevada", "pool": "nevada"},
            {"id": "hillsboro", "pool": "hillsboro"},
        ],
        "candidates": [
            {"id": "c1", "score": 15.124, "ranks": ["rolla"], "lottery": 455},
            {"id": "c2", "score": 15.124, "ranks": ["rolla", "ava"], "lottery": 812},
            {"id": "c3", "score": 11, "ranks": ["hillsboro", "jackson", "monett", "rolla", "nevada"], "lottery": 3},
            {"id": "c4", "score": 12.5, "ranks": ["ava"], "lottery": 4, "speaks_spanish": True},
            {"id": "c5", "score": 16, "ranks": ["monett", "rolla", "jackson"], "lottery": 5, "ineligible": ["monett"]},
            {"id": "c6", "score": 10, "ranks": ["jackson", "ava"], "lottery": 6, "waits_for": "jackson"},
        ],
        "locked": [{"candidate": "c9", "office": "rolla"}],
        "declined": [{"candidate": "c5", "office": "rolla"}],
    }
)
DATES = {("c5", "rolla"): date(2027, 3, 1)}


def result_of(instance: Instance, **dates: object) -> dict:
    """The result as the database gives it back."""
    outcome = solve(instance)
    return json.loads(json.dumps(stored_result(instance, outcome, "sha", explain(instance, outcome, **dates))))


def true_result() -> dict:
    return result_of(INSTANCE, declined_on=DATES, held_until={"nevada": date(2027, 5, 1)})


def faults_of(result: dict) -> list[str]:
    return result_faults(INSTANCE, "sha", result, declined_on=DATES)


@settings(max_examples=150, deadline=None)
@given(instances(people=7))
def test_every_explanation_of_every_result_is_true(instance):
    assert result_faults(instance, "sha", result_of(instance)) == []


@settings(max_examples=60, deadline=None)
@given(instances(people=7))
def test_sentences_are_put_together_from_what_is_stored(instance):
    explanations = explain(instance, solve(instance))
    result = result_of(instance)
    rows, sentences = result["explanations"], Sentences(result)
    parts = [
        parts_of(each, [entry["text"] for entry in row["passed_over"]])
        for each, row in zip(explanations, rows, strict=True)
    ]
    assert [sentences.of(each.candidate) for each in explanations] == parts
    assert sentences.of("nobody") == []


def test_sentences_of_earlier_runs_are_read_as_they_were_stored():
    result = true_result()
    parts = {row["candidate"]: Sentences(result).of(row["candidate"]) for row in result["explanations"]}
    assert Sentences(result | {"sentences": parts}).of("c3") == parts["c3"]
    assert result_faults(INSTANCE, "sha", result | {"sentences": parts}, declined_on=DATES) == []
    assert Sentences({**result, "sentences": {}}).of("c3") == []


def test_example_holds_every_code_and_is_true():
    result = true_result()
    codes = {entry["code"] for row in result["explanations"] for entry in row["passed_over"]}
    assert codes == {"ineligible", "declined", "threshold", "waiting", "reserved", "tie", "full"}
    assert faults_of(result) == []


def entries(result: dict):
    for row in result["explanations"]:
        for i, entry in enumerate(row["passed_over"]):
            yield row["candidate"], i, entry


NUMBERS = [
    (name, i, place)
    for name, i, entry in entries(true_result())
    for place, character in enumerate(entry["text"])
    if character.isdigit()
]


@pytest.mark.parametrize(("name", "i", "place"), NUMBERS)
def test_each_digit_of_each_sentence_counts(name, i, place):
    result = true_result()
    row = next(row for row in result["explanations"] if row["candidate"] == name)
    text = row["passed_over"][i]["text"]
    lie = text[:place] + str((int(text[place]) + 1) % 10) + text[place + 1 :]
    row["passed_over"][i]["text"] = lie
    assert any(fault.startswith(f"{name} at ") for fault in faults_of(result))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(list(entries(true_result()))), st.sampled_from(["declined", "tie", "full", "threshold", "x"]))
def test_another_code_is_noticed(entry, code):
    result = true_result()
    name, i, true = entry
    row = next(row for row in result["explanations"] if row["candidate"] == name)
    row["passed_over"][i]["code"] = code
    assert (faults_of(result) == []) == (code == true["code"])


def changed(change):
    result = true_result()
    change(result)
    return faults_of(result)


def swapped_seats(result):
    one, other = result["assignments"][:2]
    one["office"], other["office"] = other["office"], one["office"]


LIES = {
    "another input": lambda r: r["run"].update(input_sha256="other"),
    "another season": lambda r: r["run"].update(season="2028"),
    "another rank": lambda r: r["assignments"][0].update(rank=2),
    "another kind of seat": lambda r: next(a for a in r["assignments"] if a["candidate"] == "c4").update(seat="open"),
    "a locked seat for nobody locked": lambda r: r["assignments"][0].update(seat="locked"),
    "a lock moved": lambda r: next(a for a in r["assignments"] if a["candidate"] == "c9").update(office="ava"),
    "an unknown office": lambda r: r["assignments"][0].update(office="oz"),
    "an unknown person": lambda r: r["assignments"][0].update(candidate="nobody"),
    "a place taken away": lambda r: r["assignments"].pop(0),
    "two places exchanged": swapped_seats,
    "another order": lambda r: r["assignments"].reverse(),
    "an unplaced person left out": lambda r: r["unplaced"].pop(),
    "more filled seats": lambda r: r["pools"][0].update(filled=9),
    "another number of Spanish speakers": lambda r: r["pools"][4].update(spanish_filled=0),
    "another cut-off": lambda r: r["pools"][3]["cutoff"].update(score=15),
    "a cut-off less": lambda r: r["pools"][3].update(cutoff=None),
    "a pool less": lambda r: r["pools"].pop(),
    "an explanation less": lambda r: r["explanations"].pop(),
    "an office less": lambda r: r["explanations"][0]["passed_over"].pop(),
    "another date": lambda r: r["sentences"]["people"]["c5"]["days"].update(rolla="2027-03-02"),
    "a date less": lambda r: r["sentences"]["people"]["c5"].pop("days"),
    "no sentences": lambda r: r["sentences"].clear(),
    "a person's sentences less": lambda r: r["sentences"]["people"].pop("c3"),
    "a pool's numbers less": lambda r: r["sentences"]["pools"].pop("rolla"),
    "another score of the person": lambda r: r["sentences"]["people"]["c2"].update(score=15),
    "another lottery number": lambda r: r["sentences"]["people"]["c2"].update(lottery=811),
    "another office to wait for": lambda r: r["sentences"]["people"]["c6"].update(waits_for="ava"),
    "another threshold": lambda r: r["sentences"]["pools"]["jackson"].update(bid_price=12.4),
    "another number of locked seats": lambda r: r["sentences"]["pools"]["hillsboro"].update(locked=1),
    "another number of reserved seats": lambda r: r["sentences"]["pools"]["hillsboro"].update(reserved_taken=1),
    "other offices of a pool": lambda r: r["sentences"]["pools"]["southwest"].update(offices=["ava"]),
    "no result": lambda r: r.clear(),
    "a list for an object": lambda r: r.update(run=[]),
}


@pytest.mark.parametrize("change", LIES.values(), ids=LIES)
def test_each_lie_is_noticed(change):
    assert changed(change)


def test_justified_complaint_is_noticed_in_a_result_that_is_true_in_itself():
    """Whoever is seated against the priorities leaves somebody with a false explanation."""
    result = true_result()
    by_name = {row["candidate"]: row for row in result["assignments"]}
    by_name["c1"]["candidate"], by_name["c2"]["candidate"] = "c2", "c1"
    result["assignments"].sort(key=lambda row: row["candidate"])
    assert changed(lambda r: r.update(result))


def test_scores_that_differ_only_far_behind_the_point_may_be_shown_rounded():
    instance = parse_instance(
        {
            "season": "2027",
            "seed": "s",
            "pools": [{"id": "rolla", "seats": 1}],
            "offices": [{"id": "rolla", "pool": "rolla"}],
            "candidates": [
                {"id": "c1", "score": 13.123456, "ranks": ["rolla"]},
                {"id": "c2", "score": 13.1234561, "ranks": ["rolla"]},
            ],
        }
    )
    result = result_of(instance)
    assert result_faults(instance, "sha", result) == []
    text = result["explanations"][0]["passed_over"][0]["text"]
    row = result["explanations"][0]["passed_over"][0]
    row["text"] = text.replace("13.1234561", "13.123456")
    assert result_faults(instance, "sha", result) != []


def proposals_of(result: dict) -> list[dict]:
    scores = {person.id: person.score for person in INSTANCE.candidates}
    return [
        {
            "candidate": row["candidate"],
            "office": row["office"],
            "seat": row["seat"],
            "score": scores[row["candidate"]],
            "passed_over": Sentences(result).of(row["candidate"]),
        }
        for row in result["assignments"]
        if row["seat"] != "locked"
    ]


def test_proposals_are_those_of_the_result():
    result = true_result()
    assert proposal_faults(INSTANCE, result, proposals_of(result)) == []
    for key, lie in (("office", "ava"), ("seat", "spanish"), ("score", 9.5), ("passed_over", [{}])):
        proposals = proposals_of(result)
        proposals[0][key] = lie
        assert len(proposal_faults(INSTANCE, result, proposals)) == 1
    assert proposal_faults(INSTANCE, result, proposals_of(result)[1:]) == ["c1: assigned, but not proposed"]
