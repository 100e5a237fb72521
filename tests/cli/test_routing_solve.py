"""`flask routing solve`: a file alone; a result or one line for every fault, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app.cli.routing import routing_commands
from app.domain.instance import input_sha256
from app.domain.instance_reading import read_instance
from app.domain.matching import solve
from app.domain.result_check import result_faults
from app.domain.routing_result import result_to_json

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE: dict[str, Any] = {
    "season": "2027",
    "seed": "any text",
    "pools": [
        {"id": "southwest", "seats": 3.0, "spanish_minimum": 1, "bid_price": None, "release_spanish_reserve": False},
        {"id": "rolla", "seats": 1},
        {"id": "jackson", "seats": 1, "bid_price": 13.5},
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
        {"id": "c2", "score": 13, "ranks": ["rolla", "jackson", "ava"], "lottery": 2},
        {"id": "ñandú", "score": 12.25, "ranks": ["rolla", "monett"]},
    ],
    "locked": [{"candidate": "c9", "office": "rolla"}],
    "declined": [{"candidate": "c1", "office": "rolla"}, {"candidate": "c1", "office": "rolla"}],
    "release_spanish_reserve": False,
}


@pytest.fixture
def command() -> Callable[..., Result]:
    """The command in an app that has nothing else: no database, no settings."""
    bare = Flask("bare")
    bare.cli.add_command(routing_commands)
    runner = bare.test_cli_runner()

    def run(*words: object) -> Result:
        return runner.invoke(args=["routing", "solve", *map(str, words)])

    return run


def stored(folder: Path, data: object) -> Path:
    path = folder / "instance.json"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


def changed(*path: Any, to: object) -> dict[str, Any]:
    """The example with one value put in, or taken out where `to` is `...`; a list grows at its end."""
    data = deepcopy(EXAMPLE)
    *way, last = path
    place: Any = data
    for step in way:
        place = place[step]
    if to is ...:
        del place[last]
    elif isinstance(place, list) and last == len(place):
        place.append(to)
    else:
        place[last] = to
    return data


def test_result_is_the_documented_one_and_true(command: Callable[..., Result], tmp_path: Path) -> None:
    path = stored(tmp_path, EXAMPLE)
    answer = command(path)
    assert (answer.exit_code, answer.stderr) == (0, "")
    result = json.loads(answer.stdout)
    data = path.read_bytes()
    instance = read_instance(data)
    assert result == result_to_json(instance, solve(instance), input_sha256(data))
    assert result_faults(instance, input_sha256(data), result) == []
    assert list(result) == ["run", "assignments", "unplaced", "explanations", "pools"]
    assert result["assignments"] == [
        {"candidate": "c1", "office": "monett", "rank": 1, "seat": "spanish"},
        {"candidate": "c2", "office": "ava", "rank": 3, "seat": "open"},
        {"candidate": "c9", "office": "rolla", "rank": None, "seat": "locked"},
        {"candidate": "ñandú", "office": "monett", "rank": 2, "seat": "open"},
    ]


def test_output_is_written_whole_and_the_same_as_on_standard_output(
    command: Callable[..., Result], tmp_path: Path
) -> None:
    path, output = stored(tmp_path, EXAMPLE), tmp_path / "result.json"
    answer = command(path, "--output", output)
    assert (answer.exit_code, answer.output) == (0, "")
    assert output.read_bytes() == command(path).stdout_bytes
    assert sorted(each.name for each in tmp_path.iterdir()) == ["instance.json", "result.json"]


def test_timing_goes_to_standard_error(command: Callable[..., Result], tmp_path: Path) -> None:
    answer = command(stored(tmp_path, EXAMPLE), "--timing")
    assert [line.split()[0] for line in answer.stderr.splitlines()] == ["read", "solve", "explain", "write"]
    assert all(float(line.split()[1]) >= 0 for line in answer.stderr.splitlines())
    json.loads(answer.stdout)


FAULTS = [
    (changed("seed", to=...), ["$.seed: is missing"]),
    (changed("seed", to=None), ["$.seed: is missing"]),
    (changed("pools", 1, "seats", to=...), ["$.pools[1].seats: is missing"]),
    (changed("extra", to=1), ['$["extra"]: is not a known key']),
    (changed("candidates", 1, "name", to="Ada"), ['$.candidates[1]["name"]: is not a known key']),
    (changed("candidates", 0, "ranks", 2, to="oz"), ['$.candidates[0].ranks[2]: there is no office "oz"']),
    (changed("candidates", 0, "scores", "oz", to=1), ['$.candidates[0].scores["oz"]: there is no office "oz"']),
    (changed("candidates", 0, "ineligible", 0, to="oz"), ['$.candidates[0].ineligible[0]: there is no office "oz"']),
    (changed("candidates", 0, "waits_for", to="oz"), ['$.candidates[0].waits_for: there is no office "oz"']),
    (changed("locked", 0, "office", to="oz"), ['$.locked[0].office: there is no office "oz"']),
    (changed("declined", 1, "office", to="oz"), ['$.declined[1].office: there is no office "oz"']),
    (changed("offices", 0, "pool", to="oz"), ['$.offices[0].pool: there is no pool "oz"']),
    (changed("declined", 0, "candidate", to="c8"), ['$.declined[0].candidate: there is no candidate "c8"']),
    (changed("pools", 3, to={"id": "rolla", "seats": 1}), ['$.pools[3].id: "rolla" is also the id of $.pools[1]']),
    (
        changed("offices", 4, to={"id": "monett", "pool": "rolla"}),
        ['$.offices[4].id: "monett" is also the id of $.offices[0]'],
    ),
    (changed("candidates", 1, "id", to="c1"), ['$.candidates[1].id: "c1" is also the id of $.candidates[0]']),
    (changed("candidates", 1, "ranks", 3, to="rolla"), ['$.candidates[1].ranks[3]: "rolla" is ranked twice']),
    (changed("locked", 1, to={"candidate": "c9", "office": "ava"}), ['$.locked[1].candidate: "c9" is locked twice']),
    (
        changed("locked", 1, to={"candidate": "c1", "office": "rolla"}),
        ['$.locked[1]: "c1" is also declined at "rolla"'],
    ),
    (changed("candidates", 0, "waits_for", to="ava"), ['$.candidates[0].waits_for: "ava" is not ranked']),
    (
        changed("candidates", 1, "score", to=None),
        [f'$.candidates[1].ranks[{i}]: there is no score for "{o}"' for i, o in enumerate(["rolla", "jackson", "ava"])],
    ),
    (changed("pools", 1, "seats", to=-1), ["$.pools[1].seats: must not be negative, but is -1"]),
    (changed("pools", 1, "seats", to=1.5), ["$.pools[1].seats: must be a whole number, not 1.5"]),
    (changed("pools", 1, "seats", to=True), ["$.pools[1].seats: must be a number, not true"]),
    (changed("pools", 1, "seats", to="1"), ['$.pools[1].seats: must be a number, not "1"']),
    (changed("pools", 0, "spanish_minimum", to=0.5), ["$.pools[0].spanish_minimum: must be a whole number, not 0.5"]),
    (changed("pools", 0, "spanish_minimum", to=4), ["$.pools[0].spanish_minimum: 4 is above the 3 seats of the pool"]),
    (changed("candidates", 1, "lottery", to=2.5), ["$.candidates[1].lottery: must be a whole number, not 2.5"]),
    (changed("candidates", 1, "score", to=False), ["$.candidates[1].score: must be a number, not false"]),
    (changed("candidates", 1, "score", to=float("nan")), ["$.candidates[1].score: must be a finite number, not NaN"]),
    (
        changed("pools", 2, "bid_price", to=float("inf")),
        ["$.pools[2].bid_price: must be a finite number, not Infinity"],
    ),
    (changed("candidates", 2, "id", to=""), ["$.candidates[2].id: must not be empty"]),
    (changed("locked", 0, "candidate", to="\ud800"), ['$.locked[0].candidate: is not valid Unicode: "\\ud800"']),
    (
        changed("candidates", 0, "speaks_spanish", to=1),
        ["$.candidates[0].speaks_spanish: must be true or false, not 1"],
    ),
    (changed("candidates", 0, to=None), ["$.candidates[0]: must be an object", "$.candidates[0].id: is missing"]),
]


@pytest.mark.parametrize(("data", "lines"), FAULTS, ids=lambda value: value[0] if isinstance(value, list) else "")
def test_each_fault_is_one_line_with_its_path(
    command: Callable[..., Result], tmp_path: Path, data: dict[str, Any], lines: list[str]
) -> None:
    output = tmp_path / "result.json"
    answer = command(stored(tmp_path, data), "--output", output, "--timing")
    assert (answer.exit_code, answer.stdout) == (2, "")
    if data["candidates"][0] is None:  # what follows from it may be told as well
        assert answer.stderr.splitlines()[0] == lines[0]
    else:
        assert answer.stderr.splitlines() == lines
    assert [each.name for each in tmp_path.iterdir()] == ["instance.json"]


def test_number_beyond_a_float_is_a_fault(command: Callable[..., Result], tmp_path: Path) -> None:
    answer = command(stored(tmp_path, json.dumps(EXAMPLE).replace("12.25", "1e400").encode()))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr == "$.candidates[2].score: must be a finite number, not Infinity\n"


def test_several_faults_are_several_lines(command: Callable[..., Result], tmp_path: Path) -> None:
    data = changed("pools", 1, "seats", to=-1)
    data["candidates"][0]["ranks"] = ["monett", "oz"]
    data["candidates"][2]["score"] = None
    text = json.dumps(data).replace('"season"', '"season": "2026", "season"')
    answer = command(stored(tmp_path, text.encode()))
    assert (answer.exit_code, answer.stdout) == (2, "")
    assert answer.stderr.splitlines() == [
        "$.season: is given twice in one object",
        "$.pools[1].seats: must not be negative, but is -1",
        '$.candidates[0].ranks[1]: there is no office "oz"',
        '$.candidates[2].ranks[0]: there is no score for "rolla"',
        '$.candidates[2].ranks[1]: there is no score for "monett"',
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "$: is not JSON: "),
        (b"{", "$: is not JSON: "),
        (b'{"season": "2027",}', "$: is not JSON: "),
        (b"\xef\xbb\xbf{}", "$: is not JSON: it begins with a byte order mark"),
        (json.dumps(EXAMPLE).encode("utf-16"), "$: is not UTF-8 text"),
        (b'{"season": "\xed\xa0\x80"}', "$: is not UTF-8 text"),
        (b"[" * 1_000_000, "$: is not readable JSON: it is nested too deeply"),
        (b"9" * 10_000, "$: is not readable JSON: it holds a number that is too long"),
        (b"null", "$: must be an object"),
        (b"[]", "$: must be an object"),
    ],
    ids=["empty", "cut off", "comma", "mark", "utf-16", "surrogate", "deep", "long number", "null", "list"],
)
def test_what_is_no_instance_at_all_is_one_line(
    command: Callable[..., Result], tmp_path: Path, data: bytes, words: str
) -> None:
    answer = command(stored(tmp_path, data), "--output", tmp_path / "result.json")
    assert (answer.exit_code, answer.stdout) == (2, "")
    (line,) = answer.stderr.splitlines()
    assert line.startswith(words)
    assert not (tmp_path / "result.json").exists()


def test_file_that_cannot_be_read_is_one_line(command: Callable[..., Result], tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none.json", "No such file or directory"), (tmp_path, "Is a directory")):
        answer = command(path)
        assert (answer.exit_code, answer.stdout) == (2, "")
        assert answer.stderr == f"{path}: cannot be read: {why}\n"


def test_output_that_cannot_be_written_is_one_line(command: Callable[..., Result], tmp_path: Path) -> None:
    path = stored(tmp_path, EXAMPLE)
    for output, why in ((tmp_path, "Is a directory"), (tmp_path / "no" / "r.json", "No such file or directory")):
        answer = command(path, "--output", output)
        assert (answer.exit_code, answer.stdout) == (2, "")
        assert answer.stderr == f"{output}: cannot be written: {why}\n"
    answer = command(path, "--output", "/dev/full")
    assert (answer.exit_code, answer.stderr) == (2, "/dev/full: cannot be written: No space left on device\n")
    assert Path("/dev/full").is_char_device()


def test_refused_file_leaves_an_older_result_alone(command: Callable[..., Result], tmp_path: Path) -> None:
    output = tmp_path / "result.json"
    output.write_text("older")
    assert command(stored(tmp_path, b"{"), "--output", output).exit_code == 2
    assert output.read_text() == "older"
    link = tmp_path / "link.json"
    link.symlink_to(output)
    assert command(stored(tmp_path, EXAMPLE), "--output", link).exit_code == 0
    assert link.is_symlink()
    assert json.loads(output.read_text())["unplaced"] == []


def program(*words: object, **options: Any) -> subprocess.CompletedProcess[str]:
    """The real program, in an environment without any setting."""
    flask = [sys.executable, "-m", "flask", "--app", "app", *map(str, words)]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LC_ALL": "C"}
    return subprocess.run(flask, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", **options)


def test_program_needs_no_database_and_no_environment(tmp_path: Path) -> None:
    answer = program("routing", "solve", stored(tmp_path, EXAMPLE), "--timing")
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)["assignments"][3]["candidate"] == "ñandú"
    assert len(answer.stderr.splitlines()) == 4


def test_program_ends_with_status_2_and_prints_only_the_faults(tmp_path: Path) -> None:
    answer = program("routing", "solve", stored(tmp_path, changed("candidates", 2, "id", to="\ud800")))
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == '$.candidates[2].id: is not valid Unicode: "\\ud800"\n'


def test_other_commands_still_ask_for_the_database() -> None:
    for words in (["program", "load", ROOT / "app" / "programs" / "client-advocate-mspd.yaml"], ["db", "current"]):
        answer = program(*words)
        assert answer.returncode != 0
        assert "Set DATABASE_URL" in answer.stderr.splitlines()[-1]


def test_example_of_the_docs_gives_what_they_say(command: Callable[..., Result], tmp_path: Path) -> None:
    page = (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
    example, shown = page.split("```json\n")[1].split("```")[0], page.split("```\n")[2].split("```")[0]
    answer = command(stored(tmp_path, example.encode()))
    assert answer.exit_code == 0
    assert shown in answer.stdout
    places = {row["candidate"]: (row["office"], row["seat"]) for row in json.loads(answer.stdout)["assignments"]}
    assert places == {"ada": ("rolla", "open"), "ben": ("ava", "open"), "cleo": ("monett", "spanish")}
