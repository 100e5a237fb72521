"""Reading a routing instance from a file, with one line per fault; `instance.py` says what an instance is."""

from collections.abc import Iterable, Mapping

from app.domain.instance import Candidate, Instance, Lock, Office, Pool, Score
from app.domain.json_reading import Fault, InstanceFaults, JsonReader, quoted, read_json


def read_instance(data: bytes) -> Instance:
    """The instance in a file's bytes; InstanceFaults with every fault of the file."""
    value, repeated = read_json(data)
    return parse_instance(value, repeated)


def parse_instance(data: object, found: Iterable[Fault] = ()) -> Instance:
    """The instance in parsed JSON; InstanceFaults with every fault, each with its JSON path.

    `found` are faults that are known already.
    """
    reader = _InstanceReader()
    reader.faults.extend(found)
    instance = reader.read(data)
    if reader.faults:
        raise InstanceFaults(reader.faults)
    return instance


class _InstanceReader(JsonReader):
    """Reads top down. Wrong values leave fillers behind, which never get out: the faults are raised."""

    TOP = frozenset({"season", "seed", "pools", "offices", "candidates"})
    TOP_OPTIONAL = frozenset({"locked", "declined", "release_spanish_reserve"})
    POOL = frozenset({"id", "seats"})
    POOL_OPTIONAL = frozenset({"spanish_minimum", "bid_price", "release_spanish_reserve"})
    OFFICE = frozenset({"id", "pool"})
    CANDIDATE = frozenset({"id"})
    CANDIDATE_OPTIONAL = frozenset({"score", "speaks_spanish", "ranks", "scores", "ineligible", "waits_for", "lottery"})
    PAIR = frozenset({"candidate", "office"})

    def __init__(self) -> None:
        super().__init__()
        self.offices: dict[str, str] = {}  # office ids to themselves: one string per office in memory

    def read(self, data: object) -> Instance:
        top = self.mapping(data, "$", self.TOP, self.TOP_OPTIONAL)
        pools = tuple(self.pool(raw, f"$.pools[{i}]") for i, raw in enumerate(self.list_of(top, "pools")))
        self.no_duplicates("pools", [pool.id for pool in pools])
        pool_ids = {pool.id for pool in pools}
        offices = tuple(
            self.office(raw, f"$.offices[{i}]", pool_ids) for i, raw in enumerate(self.list_of(top, "offices"))
        )
        self.no_duplicates("offices", [office.id for office in offices])
        self.offices = {office.id: office.id for office in offices}
        candidates = tuple(
            self.candidate(raw, f"$.candidates[{i}]") for i, raw in enumerate(self.list_of(top, "candidates"))
        )
        self.no_duplicates("candidates", [candidate.id for candidate in candidates])
        declined = self.declined(top, {candidate.id for candidate in candidates})
        return Instance(
            season=self.text(top.get("season"), "$.season") or "",
            seed=self.text(top.get("seed"), "$.seed") or "",
            pools=pools,
            offices=offices,
            candidates=candidates,
            locked=self.locked(top, declined),
            declined=declined,
            release_spanish_reserve=bool(self.flag(top.get("release_spanish_reserve"), "$.release_spanish_reserve")),
        )

    def list_of(self, top: Mapping[str, object], key: str) -> list[object]:
        return self.items(top.get(key), f"$.{key}")

    def no_duplicates(self, key: str, ids: list[str]) -> None:
        if len(set(ids)) == len(ids):
            return
        first: dict[str, int] = {}
        for i, found in enumerate(ids):
            if first.setdefault(found, i) != i and found:
                self.fault(f"$.{key}[{i}].id", f"{quoted(found)} is also the id of $.{key}[{first[found]}]")

    def pool(self, raw: object, path: str) -> Pool:
        row = self.mapping(raw, path, self.POOL, self.POOL_OPTIONAL)
        seats = self.whole(row.get("seats"), f"{path}.seats")
        minimum = self.whole(row.get("spanish_minimum"), f"{path}.spanish_minimum") or 0
        if seats is not None and minimum > seats:
            self.fault(f"{path}.spanish_minimum", f"{minimum} is above the {seats} seats of the pool")
        return Pool(
            id=self.identifier(row.get("id"), f"{path}.id") or "",
            seats=seats or 0,
            spanish_minimum=minimum,
            bid_price=self.number(row.get("bid_price"), f"{path}.bid_price"),
            release_spanish_reserve=self.flag(row.get("release_spanish_reserve"), f"{path}.release_spanish_reserve"),
        )

    def office(self, raw: object, path: str, pool_ids: set[str]) -> Office:
        row = self.mapping(raw, path, self.OFFICE)
        pool = self.identifier(row.get("pool"), f"{path}.pool")
        if pool is not None and pool not in pool_ids:
            self.fault(f"{path}.pool", f"there is no pool {quoted(pool)}")
        return Office(id=self.identifier(row.get("id"), f"{path}.id") or "", pool=pool or "")

    def known_office(self, value: object, path: str) -> str:
        """A reference to an office of the file; empty where it is faulty."""
        office = self.identifier(value, path)
        if office is not None and office not in self.offices:
            self.fault(path, f"there is no office {quoted(office)}")
        return self.offices.get(office or "", "")

    def candidate(self, raw: object, path: str) -> Candidate:
        row = self.mapping(raw, path, self.CANDIDATE, self.CANDIDATE_OPTIONAL)
        candidate = Candidate(
            id=self.identifier(row.get("id"), f"{path}.id") or "",
            ranks=self.ranks(row.get("ranks"), path),
            score=self.number(row.get("score"), f"{path}.score"),
            scores=self.scores(row.get("scores"), f"{path}.scores"),
            speaks_spanish=bool(self.flag(row.get("speaks_spanish"), f"{path}.speaks_spanish")),
            ineligible=self.ineligible(row.get("ineligible"), f"{path}.ineligible"),
            waits_for=self.waits_for(row, path),
            lottery=self.whole(row.get("lottery"), f"{path}.lottery", negative=True),
        )
        if row.get("score") is None:
            self.score_everywhere(row.get("scores"), candidate.ranks, path)
        return candidate

    def ranks(self, raw: object, path: str) -> tuple[str, ...]:
        ranks: list[str] = []
        for i, value in enumerate(self.items(raw, f"{path}.ranks")):
            office = self.offices.get(value) if isinstance(value, str) else None
            if office is None:
                self.required_office(value, f"{path}.ranks[{i}]")
                ranks.append("")
                continue
            if office in ranks:
                self.fault(f"{path}.ranks[{i}]", f"{quoted(office)} is ranked twice")
            ranks.append(office)
        return tuple(ranks)

    def required_office(self, value: object, path: str) -> str:
        """An entry of a list of offices, where null makes no sense."""
        if value is None:
            self.fault(path, "must be text, not null")
        return self.known_office(value, path)

    def scores(self, raw: object, path: str) -> dict[str, Score]:
        if raw is None:
            return {}
        if not isinstance(raw, dict):
            self.fault(path, "must be an object")
            return {}
        scores: dict[str, Score] = {}
        for key, value in raw.items():
            office = self.offices.get(key)
            if office is None:
                self.fault(f"{path}[{quoted(key)}]", f"there is no office {quoted(key)}")
            elif type(value) is int:  # a bool is not; the usual case goes first, there are many
                scores[office] = value
            else:
                number = self.number(value, f"{path}[{quoted(key)}]")
                if number is not None:
                    scores[office] = number
        return scores

    def score_everywhere(self, scores: object, ranks: tuple[str, ...], path: str) -> None:
        """Without a general score, every ranked office needs its own (a faulty one is already noted)."""
        if scores is not None and not isinstance(scores, dict):
            return
        given = scores or {}
        for i, office in enumerate(ranks):
            if office and given.get(office) is None:
                self.fault(f"{path}.ranks[{i}]", f"there is no score for {quoted(office)}")

    def ineligible(self, raw: object, path: str) -> frozenset[str]:
        return frozenset(self.required_office(value, f"{path}[{i}]") for i, value in enumerate(self.items(raw, path)))

    def waits_for(self, row: Mapping[str, object], path: str) -> str | None:
        if row.get("waits_for") is None:
            return None
        office = self.known_office(row["waits_for"], f"{path}.waits_for")
        ranks = row.get("ranks")
        if office and not (isinstance(ranks, list) and office in ranks):
            self.fault(f"{path}.waits_for", f"{quoted(office)} is not ranked")
        return office

    def pair(self, raw: object, path: str) -> tuple[str, str]:
        row = self.mapping(raw, path, self.PAIR)
        candidate = self.identifier(row.get("candidate"), f"{path}.candidate") or ""
        return candidate, self.known_office(row.get("office"), f"{path}.office")

    def declined(self, top: Mapping[str, object], known: set[str]) -> frozenset[tuple[str, str]]:
        pairs = set()
        for i, raw in enumerate(self.list_of(top, "declined")):
            candidate, office = self.pair(raw, f"$.declined[{i}]")
            if candidate and candidate not in known:
                self.fault(f"$.declined[{i}].candidate", f"there is no candidate {quoted(candidate)}")
            pairs.add((candidate, office))
        return frozenset(pairs)

    def locked(self, top: Mapping[str, object], declined: frozenset[tuple[str, str]]) -> tuple[Lock, ...]:
        locks: dict[str, Lock] = {}
        for i, raw in enumerate(self.list_of(top, "locked")):
            candidate, office = self.pair(raw, f"$.locked[{i}]")
            if candidate in locks:
                self.fault(f"$.locked[{i}].candidate", f"{quoted(candidate)} is locked twice")
            if candidate and office and (candidate, office) in declined:
                self.fault(f"$.locked[{i}]", f"{quoted(candidate)} is also declined at {quoted(office)}")
            if candidate:
                locks.setdefault(candidate, Lock(candidate, office))
        return tuple(locks.values())
