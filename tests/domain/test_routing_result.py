from app.domain.instance_reading import parse_instance
from app.domain.matching import solve
from app.domain.routing_result import result_to_json


def test_result_has_the_documented_form():
    instance = parse_instance(
        {
            "season": "2027",
            "seed": "any text",
            "pools": [{"id": "southwest", "seats": 2, "spanish_minimum": 1}, {"id": "rolla", "seats": 1}],
            "offices": [
                {"id": "monett", "pool": "southwest"},
                {"id": "ava", "pool": "southwest"},
                {"id": "rolla", "pool": "rolla"},
            ],
            "candidates": [
                {"id": "c2", "score": 12, "ranks": ["rolla", "ava"], "lottery": 2},
                {"id": "c1", "score": 14.5, "ranks": ["ava"], "lottery": 1, "speaks_spanish": True},
                {"id": "c3", "score": 12, "ranks": ["monett"], "lottery": 3},
            ],
            "locked": [{"candidate": "c9", "office": "rolla"}],
        }
    )
    assert result_to_json(instance, solve(instance), "abc") == {
        "run": {
            "input_sha256": "abc",
            "season": "2027",
            "algorithm": "candidate-proposing deferred acceptance",
        },
        "assignments": [
            {"candidate": "c1", "office": "ava", "rank": 1, "seat": "spanish"},
            {"candidate": "c2", "office": "ava", "rank": 2, "seat": "open"},
            {"candidate": "c9", "office": "rolla", "rank": None, "seat": "locked"},
        ],
        "unplaced": ["c3"],
        "explanations": [
            {
                "candidate": "c2",
                "passed_over": [
                    {
                        "office": "rolla",
                        "code": "full",
                        "text": "rolla had no open seat in this run. Seats: 1; taken before it: 1; "
                        "given to Spanish speakers in it: 0.",
                    }
                ],
            },
            {
                "candidate": "c3",
                "passed_over": [
                    {
                        "office": "monett",
                        "code": "tie",
                        "text": "The last person routed to ava, monett has the same score, 12; the lottery "
                        "decided, 2 against 3 (the lower number goes first).",
                    }
                ],
            },
        ],
        "pools": [
            {"id": "rolla", "seats": 1, "filled": 1, "spanish_filled": 0, "cutoff": None},
            {
                "id": "southwest",
                "seats": 2,
                "filled": 2,
                "spanish_filled": 1,
                "cutoff": {"score": 12, "lottery": 2},
            },
        ],
    }
