"""Is a routing result true? Everything that it says is derived again from its instance."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from app.domain.explanations_check import explanation_faults
from app.domain.instance import Instance
from app.domain.sentences import Sentences
from app.domain.snapshot import Seats, Snapshot

Row = Mapping[str, Any]
SCORE_DECIMALS = 5  # as proposals store it


def result_faults(
    instance: Instance,
    sha: str,
    result: Row,
    *,
    declined_on: Mapping[tuple[str, str], date] | None = None,
) -> list[str]:
    """Everything in a result that is not true of its instance, in words; nothing where all is true.

    `sha` is the SHA-256 of the instance's bytes. `declined_on` holds the dates of declines, where they are known.
    A stored result may have `sentences`, too: the numbers that the explanations name.
    """
    try:
        return [*_run_faults(instance, sha, result), *_faults(instance, result, declined_on)]
    except (AttributeError, KeyError, TypeError, ValueError) as problem:
        return [f"the result is not of the documented form ({type(problem).__name__}: {problem})"]


def _run_faults(instance: Instance, sha: str, result: Row) -> Iterator[str]:
    run = result["run"]
    if run["input_sha256"] != sha:
        yield f"the result is of another input: {run['input_sha256']}, not {sha}"
    if run["season"] != instance.season:
        yield f"the result is of season {run['season']}, the instance of {instance.season}"


def _faults(instance: Instance, result: Row, declined_on: Mapping[tuple[str, str], date] | None) -> Iterator[str]:
    rows: Sequence[Row] = result["assignments"]
    view = Snapshot(instance, [(row["candidate"], row["office"], row["seat"]) for row in rows])
    unknown = sorted({row["office"] for row in rows} - view.pool_of.keys())
    unknown += sorted({row["candidate"] for row in rows} - view.people.keys() - view.locked.keys())
    if unknown:
        yield f"the instance does not know {', '.join(unknown)}"
        return
    yield from _assignment_faults(view, rows)
    yield from _people_faults(view, rows, result["unplaced"])
    for seats in view.seats.values():
        yield from _choice_faults(view, seats)
    expected = [_pool_row(view, view.seats[pool]) for pool in sorted(view.seats)]
    for expected_row, row in zip(expected, result["pools"], strict=True):
        if row != expected_row:
            yield f"pool {expected_row['id']}: the result says {row}, the assignments say {expected_row}"
    yield from explanation_faults(view, result, declined_on)


def _assignment_faults(view: Snapshot, rows: Sequence[Row]) -> Iterator[str]:
    for row in rows:
        name, office, seat = row["candidate"], row["office"], row["seat"]
        where = f"{name} at {office}"
        ranks = view.people[name].ranks if name in view.people else ()
        rank = ranks.index(office) + 1 if office in ranks else None
        if row["rank"] != rank:
            yield f"{where}: the rank is {rank}, not {row['rank']}"
        if (seat == "locked") != (name in view.locked) or seat not in ("locked", "open", "spanish"):
            yield f"{where}: the seat is not {seat}"
        elif seat == "locked":
            if view.locked[name] != office:
                yield f"{where}: locked at {view.locked[name]}"
        elif rank is None:
            yield f"{where}: not ranked"
        elif code := view.struck(name, office):
            yield f"{where}: not admissible ({code})"


def _people_faults(view: Snapshot, rows: Sequence[Row], unplaced: Sequence[str]) -> Iterator[str]:
    placed = [row["candidate"] for row in rows]
    if placed != sorted(set(placed)):
        yield "the assignments are not in the order of the ids, each once"
    if missing := view.locked.keys() - set(placed):
        yield f"locked, but without a place: {', '.join(sorted(missing))}"
    if list(unplaced) != sorted(view.people.keys() - set(placed)):
        yield "the unplaced people are not all who have no place, in the order of the ids"


def _choice_faults(view: Snapshot, seats: Seats) -> Iterator[str]:
    """Whether the pool, choosing among those who hold its seats, would seat them just so."""
    name = f"pool {seats.pool.id}"
    if len(seats.reserved) > seats.minimum:
        yield f"{name}: {len(seats.reserved)} reserved seats given of {seats.minimum}"
    if len(seats.open) > seats.open_seats:
        yield f"{name}: {len(seats.open)} open seats given of {seats.open_seats}"
    if any(not view.people[holder.candidate].speaks_spanish for holder in seats.reserved):
        yield f"{name}: a reserved seat went to somebody who does not speak Spanish"
    speakers = [holder for holder in seats.open if view.people[holder.candidate].speaks_spanish]
    if speakers and len(seats.reserved) < seats.minimum:
        yield f"{name}: a Spanish speaker holds an open seat while a reserved one is free"
    if speakers and seats.reserved and speakers[0].priority < seats.reserved[-1].priority:
        yield f"{name}: a reserved seat went to another than the best Spanish speaker"


def _pool_row(view: Snapshot, seats: Seats) -> Row:
    last = seats.last
    return {
        "id": seats.pool.id,
        "seats": seats.pool.seats,
        "filled": seats.locked + len(seats.reserved) + len(seats.open),
        "spanish_filled": len(seats.reserved) + min(seats.locked_speakers, seats.pool.spanish_minimum),
        "cutoff": {"score": view.score(last.candidate, last.office), "lottery": last.priority[1]} if last else None,
    }


def proposal_faults(instance: Instance, result: Row, proposals: Sequence[Row]) -> list[str]:
    """Everything in the proposals of a stored run that is not as its result says, in words.

    A proposal is {candidate, office, seat, score, passed_over}; its seat is `locked` where it carries out an
    override, because the run found the pair locked.
    """
    faults = []
    people = {person.id: person for person in instance.candidates}
    assigned = {row["candidate"]: row for row in result["assignments"]}
    sentences = Sentences(result)
    for proposal in proposals:
        name = proposal["candidate"]
        row = assigned.get(name, {})
        if (proposal["office"], proposal["seat"]) != (row.get("office"), row.get("seat")):
            faults.append(f"{name}: proposed at {proposal['office']} ({proposal['seat']}), but not assigned so")
            continue
        if proposal["passed_over"] != sentences.of(name):
            faults.append(f"{name}: the proposal's explanations are not those of the result")
        score = people[name].score if name in people else None
        if score is not None and float(proposal["score"]) != round(float(score), SCORE_DECIMALS):
            faults.append(f"{name}: the proposal's score is {proposal['score']}, the instance's {score}")
    missing = {name for name, row in assigned.items() if row["seat"] != "locked"}
    missing -= {proposal["candidate"] for proposal in proposals}
    return [*faults, *(f"{name}: assigned, but not proposed" for name in sorted(missing))]
