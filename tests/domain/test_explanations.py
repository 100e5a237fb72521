"""Why an office was passed over: each code, its words, and a checker that believes nothing."""

from datetime import date

from hypothesis import given, settings

from app.domain.explanations import (
    APPLICANT_SENTENCES,
    STAFF_SENTENCES,
    applicant_sentence,
    explain,
    shown_scores,
    staff_sentence,
)
from app.domain.instance import Candidate, Instance, Lock, Office, Pool
from app.domain.matching import solve
from tests.domain.routing_oracle import Oracle, instances

EVERY_PARAM = {
    "office": "Ava",
    "offices": ["Ava", "Monett"],
    "date": "2027-03-01",
    "score": 13.25,
    "cutoff_score": 14.5,
    "bid_price": 15.75,
    "lottery": 812,
    "cutoff_lottery": 455,
    "waits_for": "Rolla",
    "seats": 3,
    "locked": 2,
    "reserved_taken": 1,
}


def passed_over(pools, candidates, offices=None, dates=None, **rest):
    """Everybody's reasons: {candidate: [(office, code, text)]}."""
    offices = offices or {pool.id: pool.id for pool in pools}
    instance = Instance(
        season="2027",
        seed="seed",
        pools=tuple(pools),
        offices=tuple(Office(office, pool) for office, pool in offices.items()),
        candidates=tuple(candidates),
        **rest,
    )
    return {
        explanation.candidate: [(entry.office, entry.code, entry.text) for entry in explanation.passed_over]
        for explanation in explain(instance, solve(instance), **(dates or {}))
    }


def person(name, ranks, score=10, **rest):
    return Candidate(name, tuple(ranks.split()), score, **{"lottery": int(name[1:]), **rest})


def test_full_names_both_scores():
    reasons = passed_over([Pool("rolla", 1)], [person("c1", "rolla", 13), person("c2", "rolla", 14.0)])
    text = "The last person routed to rolla scored 14, this person 13."
    assert reasons == {"c1": [("rolla", "full", text)]}


def test_full_names_the_whole_pool_where_offices_share_it():
    reasons = passed_over(
        [Pool("southwest", 1)],
        [person("c1", "monett", 12.25), person("c2", "ava", 12.5)],
        {"monett": "southwest", "ava": "southwest"},
    )
    text = "The last open seat shared by ava, monett went to a score of 12.5; this person's score for monett is 12.25."
    assert reasons == {"c1": [("monett", "full", text)]}


def test_full_without_an_open_seat_counts_the_seats():
    people = [person("c1", "rolla", 20), person("c2", "rolla", 5, speaks_spanish=True)]
    reasons = passed_over([Pool("rolla", 2, 1)], people, locked=(Lock("x", "rolla"),))
    text = "rolla had no open seat in this run. Seats: 2; taken before it: 1; given to Spanish speakers in it: 1."
    assert reasons == {"c1": [("rolla", "full", text)]}


def test_tie_names_both_lottery_numbers():
    people = [person("c1", "rolla", lottery=812), person("c2", "rolla", lottery=455)]
    text = (
        "The last person routed to rolla has the same score, 10; "
        "the lottery decided, 455 against 812 (the lower number goes first)."
    )
    assert passed_over([Pool("rolla", 1)], people) == {"c1": [("rolla", "tie", text)]}


def test_tie_of_lotteries_is_said():
    people = [person("c1", "rolla", lottery=7), person("c2", "rolla", lottery=7)]
    ((office, code, text),) = passed_over([Pool("rolla", 1)], people)["c2"]
    assert (office, code) == ("rolla", "tie")
    assert "the same lottery number, 7" in text


def test_held_seat_is_reserved_for_who_speaks_no_spanish():
    reasons = passed_over([Pool("rolla", 1, 1)], [person("c1", "rolla")])
    assert reasons["c1"] == [("rolla", "reserved", "The seat that is left at rolla is held for a Spanish speaker.")]


def test_reserved_names_the_date_where_it_is_known():
    reasons = passed_over(
        [Pool("rolla", 1, 1)], [person("c1", "rolla")], dates={"held_until": {"rolla": date(2027, 5, 1)}}
    )
    text = "The seat that is left at rolla is held for a Spanish speaker until 2027-05-01."
    assert reasons["c1"] == [("rolla", "reserved", text)]


def test_declined_names_the_date_where_it_is_known():
    reasons = passed_over(
        [Pool("rolla", 1)],
        [person("c1", "rolla")],
        declined=frozenset({("c1", "rolla")}),
        dates={"declined_on": {("c1", "rolla"): date(2027, 3, 1)}},
    )
    assert reasons["c1"] == [("rolla", "declined", "rolla declined this person on 2027-03-01.")]


def test_first_code_that_applies_is_given():
    people = [
        person(
            "c1",
            "ava rolla nevada jackson monett",
            5,
            ineligible=frozenset({"ava"}),
            waits_for="nevada",
        )
    ]
    pools = [Pool("ava", 0, bid_price=9), Pool("rolla", 0), Pool("nevada", 1, bid_price=9)]
    pools += [Pool("jackson", 1), Pool("monett", 1, bid_price=9)]
    declined = frozenset({("c1", "ava"), ("c1", "rolla")})
    codes = [code for _, code, _ in passed_over(pools, people, declined=declined)["c1"]]
    assert codes == ["ineligible", "declined", "threshold", "waiting", "threshold"]


def test_only_offices_above_the_result_are_explained():
    pools = [Pool("rolla", 0), Pool("nevada", 1), Pool("jackson", 1)]
    reasons = passed_over(pools, [person("c1", "rolla nevada jackson"), person("c2", "jackson")])
    assert [office for office, _, _ in reasons["c1"]] == ["rolla"]
    assert "c2" not in reasons


def test_who_ranks_nothing_has_an_empty_entry_and_locked_people_have_none():
    people = [person("c1", ""), person("c2", "nevada rolla")]
    pools = [Pool("rolla", 1), Pool("nevada", 1)]
    assert passed_over(pools, people, locked=(Lock("c2", "rolla"),)) == {"c1": []}


def test_applicants_read_no_numbers():
    assert APPLICANT_SENTENCES.keys() == STAFF_SENTENCES.keys()
    for variant in APPLICANT_SENTENCES:
        sentence = applicant_sentence(variant, EVERY_PARAM | {"date": "DATE"})
        assert not any(character.isdigit() for character in sentence)
        assert staff_sentence(variant, EVERY_PARAM)


def test_translation_goes_through_the_template():
    sentence = staff_sentence(
        "declined", {"office": "Ava"}, lambda text: text.upper().replace("(OFFICE)S", "(office)s")
    )
    assert sentence == "Ava DECLINED THIS PERSON."


def test_scores_are_shown_with_the_decimals_that_tell_them_apart():
    assert shown_scores(14.0, 13) == ["14", "13"]
    assert shown_scores(13.333333, 12.5) == ["13.33", "12.5"]
    assert shown_scores(12.3333, 12.3331) == ["12.3333", "12.3331"]


@settings(max_examples=150, deadline=None)
@given(instances(people=7))
def test_every_explanation_is_true(instance):
    outcome, oracle = solve(instance), Oracle(instance)
    results = {a.candidate: a for a in outcome.assignments}
    explained = {}
    for explanation in explain(instance, outcome):
        explained[explanation.candidate] = [entry.office for entry in explanation.passed_over]
        for entry in explanation.passed_over:
            check_reason(oracle, results, explanation.candidate, entry)
    expected = {}
    for one in instance.candidates:
        result = results.get(one.id)
        if one.id not in oracle.locked and (result is None or result.rank != 1):
            expected[one.id] = list(one.ranks if result is None else one.ranks[: result.rank - 1])
    assert explained == expected


def check_reason(oracle, results, name, entry):
    """Derive the reason again from the instance and the assignments alone."""
    one, office, ask = oracle.people[name], entry.office, (name, entry.office)
    pool = oracle.pools[oracle.pool_of[office]]
    before = one.ranks[: one.ranks.index(office)]
    mine = {a.candidate: a for a in results.values() if oracle.pool_of[a.office] == pool.id}
    reserved = [a for a in mine.values() if a.seat == "spanish"]
    others = sorted(((a.candidate, a.office) for a in mine.values() if a.seat == "open"), key=oracle.priority)
    empty = oracle.minimum(pool.id) - len(reserved) if oracle.holds(pool.id) else 0
    open_seats = oracle.free(pool.id) - empty - len(reserved)
    if office in one.ineligible:
        assert entry.code == "ineligible"
    elif ask in oracle.instance.declined:
        assert entry.code == "declined"
    elif pool.bid_price is not None and oracle.score(ask) < pool.bid_price:
        assert entry.code == "threshold"
        assert entry.params["bid_price"] == pool.bid_price
    elif one.waits_for in before:
        assert (entry.code, entry.params["waits_for"]) == ("waiting", one.waits_for)
    elif empty and not one.speaks_spanish:
        assert entry.code == "reserved"
    else:
        assert len(others) == open_seats
        if others:
            last = others[-1]
            assert oracle.priority(last) < oracle.priority(ask)
            assert entry.code == ("tie" if oracle.score(last) == oracle.score(ask) else "full")
            assert entry.params["cutoff_score"] == oracle.score(last)
            assert entry.params["cutoff_lottery"] == oracle.lottery(last[0])
            assert entry.params["lottery"] == oracle.lottery(name)
        else:
            assert entry.code == "full"
            assert entry.params["locked"] == len(oracle.locks_of(pool.id))
            assert entry.params["reserved_taken"] == len(reserved)
    for value in shown_scores(*(v for k, v in entry.params.items() if k in ("score", "cutoff_score", "bid_price"))):
        assert entry.variant == "full_without_open_seat" or value in entry.text
