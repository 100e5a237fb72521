"""A stored run, solved again from its stored instance: the same bytes, or what differs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeGuard

from app.domain.explanations import explain
from app.domain.instance import Instance, input_sha256
from app.domain.instance_reading import read_instance
from app.domain.json_reading import InstanceFaults, quoted
from app.domain.matching import solve
from app.domain.routing_result import canonical_bytes, stored_result
from app.domain.sentences import SENTENCES, Sentences

Result = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replay:
    """What came out, and where the stored run says otherwise; `result` is None where the instance cannot be read."""

    result: dict[str, object] | None
    differences: tuple[str, ...]


def replay(text: str, sha: str, stored: Result) -> Replay:
    """Solve a stored instance again and compare with the stored result, byte by byte.

    `text` is the instance as it was stored, `sha` the hash that was stored with it. The dates in sentences are
    not in the instance; they are taken from the stored sentences.
    """
    data = text.encode()
    differences = []
    if input_sha256(data) != sha:
        differences.append(f"the stored instance has the SHA-256 {input_sha256(data)}, the run says {sha}")
    try:
        instance = read_instance(data)
    except InstanceFaults as refused:
        faults = [f"the stored instance: {path}: {sentence}" for path, sentence in refused.faults]
        return Replay(None, (*differences, *faults))
    declined_on, held_until = dates_named(instance, stored)
    outcome = solve(instance)
    explanations = explain(instance, outcome, declined_on=declined_on, held_until=held_until)
    result = stored_result(instance, outcome, input_sha256(data), explanations)
    same = canonical_bytes(result) == canonical_bytes(stored)
    if not same or _text(result[SENTENCES]) != _text(stored.get(SENTENCES)):
        differences.extend(_differences(stored, result, "$"))
    return Replay({key: value for key, value in result.items() if key != SENTENCES}, tuple(differences))


def dates_named(instance: Instance, stored: Result) -> tuple[dict[tuple[str, str], date], dict[str, date]]:
    """The dates that stored sentences name: of declines, and until when each pool's reserve is held."""
    pool_of = {office.id: office.pool for office in instance.offices}
    declined_on: dict[tuple[str, str], date] = {}
    held_until: dict[str, date] = {}
    try:
        sentences = Sentences(stored)
        people = [row["candidate"] for row in stored["explanations"] if _may_be_dated(row)]
        for name, part in ((person, part) for person in people for part in sentences.of(person)):
            if "date" not in part["params"]:
                continue
            day = date.fromisoformat(part["params"]["date"])
            if part["code"] == "declined":
                declined_on[name, part["office"]] = day
            elif part["office"] in pool_of:
                held_until[pool_of[part["office"]]] = day
    except (AttributeError, KeyError, TypeError, ValueError):
        pass  # not of the documented form, which the comparison will show
    return declined_on, held_until


def _may_be_dated(row: Result) -> bool:
    return any(entry["code"] in ("declined", "reserved") for entry in row["passed_over"])


def _differences(stored: object, again: object, path: str) -> Iterator[str]:
    """Where two JSON values differ, the deepest places; numbers differ as they are written."""
    if isinstance(stored, Mapping) and isinstance(again, Mapping):
        for key in sorted({*stored, *again}):
            where = f"{path}.{key}"
            if key not in stored or key not in again:
                yield f"{where}: {'is stored, but does not come out' if key in stored else 'is missing'}"
            else:
                yield from _differences(stored[key], again[key], where)
    elif _is_list(stored) and _is_list(again):
        if len(stored) != len(again):
            yield f"{path}: {len(stored)} entries are stored, {len(again)} come out"
        for i, (one, other) in enumerate(zip(stored, again, strict=False)):
            yield from _differences(one, other, f"{path}[{i}]")
    elif _text(stored) != _text(again):
        yield f"{path}: stored is {quoted(stored)}, {quoted(again)} comes out"


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)
