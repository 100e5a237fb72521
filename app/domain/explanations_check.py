"""Is every explanation true? Each code, and each number in its sentence, is derived again from the snapshot."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from app.domain.explanations import STAFF_SENTENCES
from app.domain.sentences import SENTENCES, Sentences
from app.domain.snapshot import Seats, Snapshot

Row = Mapping[str, Any]
Dates = Mapping[tuple[str, str], date]

SHOWN_ROUNDED = frozenset({"score", "cutoff_score", "bid_price"})


def explanation_faults(view: Snapshot, result: Row, declined_on: Dates | None = None) -> Iterator[str]:
    """Everything in the explanations of a result that is not true of the instance and the assignments."""
    explained: Sequence[Row] = result["explanations"]
    names = [row["candidate"] for row in explained]
    expected = sorted(name for name in view.people if _is_explained(view, name))
    if names != expected:
        yield "the explanations are not of all who missed their first rank, in the order of the ids"
        return
    sentences = Sentences(result) if SENTENCES in result else None
    for row in explained:
        name, entries = row["candidate"], row["passed_over"]
        offices = _passed_over(view, name)
        if [entry["office"] for entry in entries] != offices:
            yield f"{name}: explained are {[entry['office'] for entry in entries]}, passed over {offices}"
            continue
        parts = [None] * len(entries) if sentences is None else sentences.of(name)
        if len(parts) != len(entries):
            yield f"{name}: the parts of the sentences are not stored"
            continue
        for entry, part in zip(entries, parts, strict=True):
            day = _day_named(part)
            for fault in _entry_faults(view, name, entry, part, day, declined_on):
                yield f"{name} at {entry['office']}: {fault}"


def _is_explained(view: Snapshot, name: str) -> bool:
    if name in view.locked:
        return False
    place, ranks = view.placed.get(name), view.people[name].ranks
    return place is None or ranks.index(place[0]) > 0


def _passed_over(view: Snapshot, name: str) -> list[str]:
    place, ranks = view.placed.get(name), view.people[name].ranks
    return list(ranks if place is None else ranks[: ranks.index(place[0])])


def _day_named(part: Row | None) -> str | None:
    """The date that a stored sentence names: of a decline, or of a reserve's release."""
    return None if part is None else part["params"].get("date")


def _entry_faults(
    view: Snapshot, name: str, entry: Row, part: Row | None, day: str | None, declined_on: Dates | None
) -> Iterator[str]:
    office = entry["office"]
    seats = view.seats[view.pool_of[office]]
    code = _code(view, seats, name, office)
    if entry["code"] != code:
        yield f"the code is {code}, not {entry['code']}"
        return
    yield from _seat_faults(view, seats, name, office, code)
    if code == "declined" and declined_on is not None and day != _iso(declined_on.get((name, office))):
        yield f"the decline is of {_iso(declined_on.get((name, office)))}, not of {day}"
    variant, params = _variant(view, seats, name, office, code, day)
    if not _reads(entry["text"], STAFF_SENTENCES[variant], params):
        yield f"the sentence does not say {params}: {entry['text']!r}"
    stored = {"office": office, "code": code, "text": entry["text"], "variant": variant, "params": params}
    if part is not None and part != stored:
        yield f"the stored parts are {dict(part)}, not {stored}"


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _code(view: Snapshot, seats: Seats, name: str, office: str) -> str:
    """The first code that applies."""
    if struck := view.struck(name, office):
        return struck
    if seats.kept_empty and not view.people[name].speaks_spanish:
        return "reserved"
    last = seats.last
    return "tie" if last and last.priority[0] == view.priority(name, office)[0] else "full"


def _seat_faults(view: Snapshot, seats: Seats, name: str, office: str, code: str) -> Iterator[str]:
    """Whether the pool really had no seat for this person: else person and office block the result."""
    if code not in ("reserved", "tie", "full"):
        return
    mine = view.priority(name, office)
    if len(seats.open) < seats.open_seats:
        yield "an open seat is free"
    elif seats.last and mine < seats.last.priority:
        yield f"{seats.last.candidate} of lower priority holds an open seat"
    if view.people[name].speaks_spanish and seats.minimum:
        if len(seats.reserved) < seats.minimum:
            yield "a reserved seat is free for a Spanish speaker"
        elif mine < seats.reserved[-1].priority:
            yield f"{seats.reserved[-1].candidate} of lower priority holds a reserved seat"


def _variant(
    view: Snapshot, seats: Seats, name: str, office: str, code: str, day: str | None
) -> tuple[str, dict[str, Any]]:
    """The sentence that belongs to this code here, and what it has to say."""
    params: dict[str, Any] = {"office": office}
    if code in ("declined", "reserved"):
        if day is None:
            return code, params
        return {"declined": "declined_on", "reserved": "reserved_until"}[code], {**params, "date": day}
    if code == "waiting":
        return code, {**params, "waits_for": view.people[name].waits_for}
    if code == "ineligible":
        return code, params
    params["score"] = view.score(name, office)
    if code == "threshold":
        return code, {**params, "bid_price": seats.pool.bid_price}
    params["offices"] = list(seats.offices)
    last = seats.last
    if last is None:
        counts = {"seats": seats.pool.seats, "locked": seats.locked, "reserved_taken": len(seats.reserved)}
        return "full_without_open_seat", params | counts
    params["cutoff_score"] = view.score(last.candidate, last.office)
    params["cutoff_lottery"], params["lottery"] = view.lottery(last.candidate), view.lottery(name)
    if code == "tie":
        same = params["cutoff_lottery"] == params["lottery"]
        return ("tie_same_lottery" if same else "tie"), params
    return ("full_pool" if len(seats.offices) > 1 else "full"), params


def _reads(text: str, template: str, params: Row) -> bool:
    """Whether a sentence is this template with these values; scores may be rounded as long as they tell the same."""
    pattern, names = "", []
    for i, piece in enumerate(re.split(r"%\((\w+)\)s", template)):
        if i % 2 == 0:
            pattern += re.escape(piece)
        elif piece in SHOWN_ROUNDED:
            pattern += "(-?[0-9.e+-]+?)"
            names.append(piece)
        else:
            value = params[piece]
            pattern += re.escape(", ".join(value) if isinstance(value, list) else str(value))
    found = re.fullmatch(pattern, text)
    if found is None:
        return False
    shown = [(Fraction(number), Fraction(params[name])) for number, name in zip(found.groups(), names, strict=True)]
    near = all(
        abs(said - true) <= Fraction(1, 2 * 10 ** max(2, len(number.partition(".")[2])))
        for number, (said, true) in zip(found.groups(), shown, strict=True)
    )
    in_order = all((a < b) == (c < d) and (a > b) == (c > d) for a, c in shown for b, d in shown)
    return near and in_order
