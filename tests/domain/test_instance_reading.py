"""The instance format: what is read, and one line with its path for every fault."""

import json
import math
from copy import deepcopy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.instance import Candidate, Instance, Lock, Pool, input_sha256, instance_bytes, instance_to_json
from app.domain.instance_reading import parse_instance, read_instance
from app.domain.json_reading import InstanceFaults
from tests.domain.routing_oracle import instances

DOCUMENTED = {
    "season": "2027",
    "seed": "any text",
    "pools": [
        {"id": "southwest", "seats": 3, "spanish_minimum": 1, "bid_price": None, "release_spanish_reserve": False},
        {"id": "rolla", "seats": 1},
        {"id": "jackson", "seats": 2.0, "bid_price": 9.5},
    ],
    "offices": [
        {"id": "monett", "pool": "southwest"},
        {"id": "ava", "pool": "southwest"},
        {"id": "rolla", "pool": "rolla"},
        {"id": "jackson", "pool": "jackson"},
    ],
    "candidates": [
        {
            "id": "c1",
            "score": 14.0,
            "speaks_spanish": True,
            "ranks": ["monett", "rolla"],
            "scores": {"rolla": 12.5},
            "ineligible": ["jackson"],
            "waits_for": "monett",
            "lottery": None,
        },
        {"id": "c2", "ranks": ["ava"], "scores": {"ava": 3}, "score": None, "lottery": -3.0},
        {"id": "c3"},
    ],
    "locked": [{"candidate": "c9", "office": "rolla"}],
    "declined": [{"candidate": "c1", "office": "rolla"}, {"candidate": "c1", "office": "rolla"}],
    "release_spanish_reserve": False,
}
SHORTEST = {"season": "", "seed": "", "pools": [], "offices": [], "candidates": []}


def changed(path, value):
    """The documented file with one value put in; a path is keys and indexes."""
    data = deepcopy(DOCUMENTED)
    *way, last = path
    place = data
    for step in way:
        place = place[step]
    if isinstance(place, list) and last == len(place):
        place.append(value)
    else:
        place[last] = value
    return data


def faults(data):
    with pytest.raises(InstanceFaults) as caught:
        parse_instance(data)
    return caught.value.faults


def test_documented_file_is_read():
    instance = parse_instance(DOCUMENTED)
    assert instance.pools[0] == Pool("southwest", 3, 1, None, False)
    assert instance.pools[2] == Pool("jackson", 2, bid_price=9.5)
    assert instance.candidates[0] == Candidate(
        "c1", ("monett", "rolla"), 14.0, {"rolla": 12.5}, True, frozenset({"jackson"}), "monett"
    )
    assert (instance.candidates[1].lottery, instance.candidates[1].score_at("ava")) == (-3, 3)
    assert instance.candidates[2] == Candidate("c3")
    assert instance.locked == (Lock("c9", "rolla"),)
    assert instance.declined == frozenset({("c1", "rolla")})


def test_absent_and_null_mean_none():
    nulls = SHORTEST | {"locked": None, "declined": None, "release_spanish_reserve": None}
    assert parse_instance(nulls) == parse_instance(SHORTEST)


@pytest.mark.parametrize(
    ("path", "value", "fault_path", "words"),
    [
        (["seed"], None, "$.seed", "is missing"),
        (["season"], 2027, "$.season", "must be text, not 2027"),
        (["extra"], 1, '$["extra"]', "is not a known key"),
        (["pools", 0, "seat"], 1, '$.pools[0]["seat"]', "is not a known key"),
        (["pools", 0, "seats"], None, "$.pools[0].seats", "is missing"),
        (["pools", 0, "seats"], True, "$.pools[0].seats", "must be a number, not true"),
        (["pools", 0, "seats"], "3", "$.pools[0].seats", 'must be a number, not "3"'),
        (["pools", 0, "seats"], 3.5, "$.pools[0].seats", "must be a whole number, not 3.5"),
        (["pools", 0, "seats"], -1, "$.pools[0].seats", "must not be negative"),
        (["pools", 0, "seats"], float("inf"), "$.pools[0].seats", "must be a finite number"),
        (["pools", 0, "spanish_minimum"], 4, "$.pools[0].spanish_minimum", "4 is above the 3 seats"),
        (["pools", 0, "spanish_minimum"], -1, "$.pools[0].spanish_minimum", "must not be negative"),
        (["pools", 0, "bid_price"], False, "$.pools[0].bid_price", "must be a number, not false"),
        (["pools", 0, "release_spanish_reserve"], 1, "$.pools[0].release_spanish_reserve", "must be true or false"),
        (["pools", 3], {"id": "rolla", "seats": 1}, "$.pools[3].id", "also the id of $.pools[1]"),
        (["pools", 3], {"id": "", "seats": 1}, "$.pools[3].id", "must not be empty"),
        (["pools", 3], {"id": "\ud800", "seats": 1}, "$.pools[3].id", "is not valid Unicode"),
        (["offices", 0, "pool"], "nowhere", "$.offices[0].pool", 'there is no pool "nowhere"'),
        (["offices", 4], {"id": "ava", "pool": "rolla"}, "$.offices[4].id", "also the id of $.offices[1]"),
        (["candidates", 3], {"id": "c1"}, "$.candidates[3].id", "also the id of $.candidates[0]"),
        (["candidates", 0, "score"], float("nan"), "$.candidates[0].score", "must be a finite number"),
        (["candidates", 0, "score"], True, "$.candidates[0].score", "must be a number"),
        (["candidates", 0, "scores", "rolla"], "x", '$.candidates[0].scores["rolla"]', "must be a number"),
        (["candidates", 0, "scores", "oz"], 1, '$.candidates[0].scores["oz"]', 'there is no office "oz"'),
        (["candidates", 0, "scores"], [], "$.candidates[0].scores", "must be an object"),
        (["candidates", 0, "score"], None, "$.candidates[0].ranks[0]", 'there is no score for "monett"'),
        (["candidates", 0, "ranks", 2], "oz", "$.candidates[0].ranks[2]", 'there is no office "oz"'),
        (["candidates", 0, "ranks", 2], None, "$.candidates[0].ranks[2]", "must be text, not null"),
        (["candidates", 0, "ranks", 2], ["rolla"], "$.candidates[0].ranks[2]", "must be text"),
        (["candidates", 0, "ranks", 2], "rolla", "$.candidates[0].ranks[2]", '"rolla" is ranked twice'),
        (["candidates", 0, "ineligible", 0], "oz", "$.candidates[0].ineligible[0]", "there is no office"),
        (["candidates", 0, "waits_for"], "ava", "$.candidates[0].waits_for", '"ava" is not ranked'),
        (["candidates", 0, "waits_for"], "oz", "$.candidates[0].waits_for", 'there is no office "oz"'),
        (["candidates", 0, "lottery"], 0.5, "$.candidates[0].lottery", "must be a whole number"),
        (["candidates", 0, "speaks_spanish"], "yes", "$.candidates[0].speaks_spanish", "must be true or false"),
        (["locked", 0, "office"], "oz", "$.locked[0].office", 'there is no office "oz"'),
        (["locked", 0, "candidate"], "", "$.locked[0].candidate", "must not be empty"),
        (["locked", 1], {"candidate": "c9", "office": "ava"}, "$.locked[1].candidate", "locked twice"),
        (["locked", 1], {"candidate": "c1", "office": "rolla"}, "$.locked[1]", "is also declined"),
        (["declined", 0, "candidate"], "c8", "$.declined[0].candidate", 'there is no candidate "c8"'),
        (["declined", 0, "office"], "oz", "$.declined[0].office", 'there is no office "oz"'),
        (["release_spanish_reserve"], 0, "$.release_spanish_reserve", "must be true or false, not 0"),
    ],
)
def test_fault_is_named_once_with_its_path(path, value, fault_path, words):
    ((found_path, sentence),) = faults(changed(path, value))
    assert found_path == fault_path
    assert words in sentence


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        (["candidates"], {}, ("$.candidates", "must be a list")),
        (["pools", 0], [], ("$.pools[0]", "must be an object")),
        (["candidates", 0, "id"], 7, ("$.candidates[0].id", "must be text, not 7")),
    ],
)
def test_fault_comes_before_its_consequences(path, value, fault):
    assert faults(changed(path, value))[0] == fault


def test_all_faults_are_named_in_one_pass():
    data = changed(["pools", 0, "seats"], -1)
    data["candidates"][0]["ranks"] = ["oz"]
    data["candidates"][0]["waits_for"] = None
    data["locked"][0]["office"] = None
    assert [path for path, _ in faults(data)] == [
        "$.pools[0].seats",
        "$.candidates[0].ranks[0]",
        "$.locked[0].office",
    ]


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_other_json_than_an_object_is_a_fault(data):
    assert faults(data) == [("$", "must be an object")]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "is not JSON"),
        (b"", "is not JSON"),
        (b"\xff", "is not UTF-8 text"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_unreadable_file_is_one_fault(data, words):
    with pytest.raises(InstanceFaults) as caught:
        read_instance(data)
    ((path, sentence),) = caught.value.faults
    assert path == "$"
    assert words in sentence


def test_repeated_keys_are_named_with_their_paths_beside_the_other_faults():
    data = json.dumps(changed(["pools", 0, "seats"], -1)).replace('"id": "c3"', '"id": "c3", "id": "c4", "id": "c3"')
    data = data.replace('"season":', '"season": "2026", "season":').replace(
        '"rolla": 12.5', '"rolla": 1, "rolla": 12.5'
    )
    with pytest.raises(InstanceFaults) as caught:
        read_instance(data.encode())
    assert caught.value.faults == [
        ("$.season", "is given twice in one object"),
        ("$.candidates[0].scores.rolla", "is given twice in one object"),
        ("$.candidates[2].id", "is given twice in one object"),
        ("$.pools[0].seats", "must not be negative, but is -1"),
    ]


def test_byte_order_mark_is_refused_in_plain_words():
    with pytest.raises(InstanceFaults, match="byte order mark; save it as UTF-8 without one"):
        read_instance(b"\xef\xbb\xbf" + json.dumps(DOCUMENTED).encode())


def test_deep_value_in_the_wrong_place_is_one_short_fault():
    data = json.dumps(DOCUMENTED).replace('"speaks_spanish": true', '"speaks_spanish": ' + "[" * 400 + "]" * 400)
    with pytest.raises(InstanceFaults) as caught:
        read_instance(data.encode())
    assert caught.value.faults == [("$.candidates[0].speaks_spanish", "must be true or false, not a list")]


def test_numbers_beyond_a_float_are_no_crash():
    assert parse_instance(changed(["candidates", 0, "score"], 10**400)).candidates[0].score == 10**400
    data = json.dumps(DOCUMENTED).replace("14.0", "1e999").encode()
    with pytest.raises(InstanceFaults, match="must be a finite number"):
        read_instance(data)


@settings(max_examples=100, deadline=None)
@given(instances())
def test_instance_survives_the_file(instance):
    again = read_instance(instance_bytes(instance))
    assert instance_to_json(again) == instance_to_json(instance)
    assert instance_bytes(again) == instance_bytes(instance)


def test_bytes_do_not_depend_on_order():
    data = deepcopy(DOCUMENTED)
    for key in ("pools", "offices", "candidates", "declined"):
        data[key].reverse()
    assert instance_bytes(parse_instance(data)) == instance_bytes(parse_instance(DOCUMENTED))


def test_input_sha256_is_over_the_bytes():
    assert input_sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["id", "seats", "pool", "ranks", "scores", "candidate", "x"]), inner),
    ),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(DOCUMENTED)), anything)
def test_any_json_is_read_or_refused_with_faults(key, value):
    try:
        parse_instance(DOCUMENTED | {key: value})
    except InstanceFaults as refused:
        assert all(path.startswith("$") and sentence for path, sentence in refused.faults)


@given(
    st.lists(
        st.one_of(
            st.floats(allow_nan=False, allow_infinity=False),
            st.integers(-(10**20), 10**20),
            st.sampled_from([0.0, -0.0, 1e-4, 9.9e-5, 1e16, 12.34567]),
        ),
        max_size=4,
    )
)
def test_instance_bytes_are_what_json_writes(scores):
    candidates = tuple(Candidate(f"cañón {place}", ranks=("o",), score=score) for place, score in enumerate(scores))
    instance = Instance(season="2026", seed="s", pools=(Pool("p", 1),), offices=(), candidates=candidates)
    expected = json.dumps(instance_to_json(instance), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert instance_bytes(instance) == expected.encode()


def test_instance_bytes_know_no_nan():
    instance = Instance(season="2026", seed="s", pools=(), offices=(), candidates=(Candidate("a", score=math.nan),))
    with pytest.raises(ValueError):
        instance_bytes(instance)
