"""Why somebody was not routed to an office that he or she ranked higher than the result.

A reason is a code with parameters; the sentences are made from them. Staff read numbers, applicants read
plain words without anybody's scores. The templates are marked for translation: the pages translate by `variant`
and `params`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Literal, NamedTuple

from app.domain.instance import Candidate, Instance, Score
from app.domain.matching import Outcome, PoolOutcome
from app.domain.words import N_

Code = Literal["ineligible", "declined", "threshold", "waiting", "reserved", "tie", "full"]


STAFF_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "ineligible": N_("Cannot be placed at %(office)s: a rule or a recorded conflict rules it out."),
        "declined": N_("%(office)s declined this person."),
        "declined_on": N_("%(office)s declined this person on %(date)s."),
        "threshold": N_("Below the threshold of %(office)s: it asks for %(bid_price)s, this person has %(score)s."),
        "waiting": N_("%(office)s was not asked, because this person waits for %(waits_for)s."),
        "reserved": N_("The seat that is left at %(office)s is held for a Spanish speaker."),
        "reserved_until": N_("The seat that is left at %(office)s is held for a Spanish speaker until %(date)s."),
        "tie": N_(
            "The last person routed to %(offices)s has the same score, %(score)s; the lottery decided, "
            "%(cutoff_lottery)s against %(lottery)s (the lower number goes first)."
        ),
        "tie_same_lottery": N_(
            "The last person routed to %(offices)s has the same score, %(score)s, and the same lottery "
            "number, %(lottery)s; the order of the record numbers decided."
        ),
        "full": N_("The last person routed to %(offices)s scored %(cutoff_score)s, this person %(score)s."),
        "full_pool": N_(
            "The last open seat shared by %(offices)s went to a score of %(cutoff_score)s; "
            "this person's score for %(office)s is %(score)s."
        ),
        "full_without_open_seat": N_(
            "%(offices)s had no open seat in this run. Seats: %(seats)s; taken before it: %(locked)s; "
            "given to Spanish speakers in it: %(reserved_taken)s."
        ),
    }
)

# The same where the office stands before the sentence. A tie in a pool of several offices names them all the same.
NAMED_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "ineligible": N_("A rule or a recorded conflict rules it out."),
        "declined": N_("It declined this person."),
        "declined_on": N_("It declined this person on %(date)s."),
        "threshold": N_("Below its threshold: it asks for %(bid_price)s, this person has %(score)s."),
        "waiting": N_("Not asked, because this person waits for %(waits_for)s."),
        "reserved": N_("The seat that is left is held for a Spanish speaker."),
        "reserved_until": N_("The seat that is left is held for a Spanish speaker until %(date)s."),
        "full": N_("The last person routed there scored %(cutoff_score)s, this person %(score)s."),
    }
)

APPLICANT_SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "ineligible": N_(
            "%(office)s was not possible for you: a rule of this opening or a recorded conflict rules it "
            "out. You may ask a person to look at this again."
        ),
        "declined": N_("%(office)s answered that it cannot place you for now."),
        "declined_on": N_("%(office)s answered on %(date)s that it cannot place you for now."),
        "threshold": N_("%(office)s asks for a higher overall score at the moment than yours."),
        "waiting": N_("%(office)s was not asked, because you asked us to wait for %(waits_for)s."),
        "reserved": N_("The seat that is left at %(office)s is held for a Spanish speaker."),
        "reserved_until": N_("The seat that is left at %(office)s is held for a Spanish speaker until %(date)s."),
        "tie": N_(
            "The last seat at %(offices)s went to a person with the same overall score as yours; the "
            "season's lottery decided."
        ),
        "tie_same_lottery": N_(
            "The last seat at %(offices)s went to a person with the same overall score and lottery number as "
            "yours; the order of the record numbers decided."
        ),
        "full": N_("The seats at %(offices)s went to people with higher overall scores."),
        "full_pool": N_(
            "The seats shared by %(offices)s went to people whose overall scores are higher than yours for %(office)s."
        ),
        "full_without_open_seat": N_("%(offices)s had no open seat when we looked."),
    }
)


def _plainly(message: str) -> str:
    return message


class PassedOver(NamedTuple):
    """One office that was ranked above the result, and why it did not come to it.

    `params` fills the sentence of `variant`; office ids stand in it for names. `day` is the date of a
    decline or of the reserve's release, where it is known.
    """

    office: str
    code: Code
    candidate: Candidate
    score: Score  # at this office
    lottery: int
    pool: PoolOutcome
    day: date | None = None

    @property
    def variant(self) -> str:
        """The key of the sentence: the code, or a closer form of it."""
        cutoff = self.pool.cutoff
        if self.code == "declined" and self.day:
            return "declined_on"
        if self.code == "reserved" and self.day:
            return "reserved_until"
        if self.code == "tie" and cutoff and cutoff.lottery == self.lottery:
            return "tie_same_lottery"
        if self.code == "full" and not cutoff:
            return "full_without_open_seat"
        if self.code == "full" and len(self.pool.offices) > 1:
            return "full_pool"
        return self.code

    @property
    def params(self) -> dict[str, object]:
        """Everything that the sentences of this code may name; numbers as numbers, dates in ISO form."""
        pool, cutoff = self.pool, self.pool.cutoff
        params: dict[str, object] = {"office": self.office}
        if self.code in ("declined", "reserved") and self.day:
            params["date"] = self.day.isoformat()
        if self.code in ("threshold", "tie", "full"):
            params["score"] = self.score
        if self.code == "threshold":
            params["bid_price"] = pool.bid_price
        if self.code == "waiting":
            params["waits_for"] = self.candidate.waits_for
        if self.code in ("tie", "full"):
            params["offices"] = list(pool.offices)
            if cutoff:
                params |= {
                    "cutoff_score": cutoff.score,
                    "cutoff_lottery": cutoff.lottery,
                    "lottery": self.lottery,
                }
            else:
                params |= {"seats": pool.seats, "locked": pool.locked, "reserved_taken": pool.reserved_taken}
        return params

    @property
    def text(self) -> str:
        """The sentence for staff, in English, with ids for names."""
        return staff_sentence(self.variant, self.params)

    @property
    def same_text(self) -> tuple[object, ...]:
        """Within one run, reasons that are equal in this have the same text: many people share a score."""
        if self.code == "full":  # nearly all of them
            return self.office, self.score
        lottery = self.lottery if self.code == "tie" else None
        return self.office, self.code, self.score, lottery, self.candidate.waits_for, self.day


@dataclass(frozen=True, slots=True)
class Explanation:
    """All the offices that one candidate ranked above the result, in the order of the ranks."""

    candidate: str
    passed_over: tuple[PassedOver, ...]


def explain(
    instance: Instance,
    outcome: Outcome,
    *,
    declined_on: Mapping[tuple[str, str], date] | None = None,
    held_until: Mapping[str, date] | None = None,
) -> list[Explanation]:
    """Everybody, locked people aside, who was not placed at the first rank, by candidate id.

    `declined_on` gives the date of a (candidate, office) decline and `held_until` the release date of a
    pool's reserve; both only make the sentences fuller.
    """
    reasons = _Reasons(instance, outcome, declined_on or {}, held_until or {})
    ranks = {assignment.candidate: assignment.rank for assignment in outcome.assignments}
    locked = {lock.candidate for lock in instance.locked}
    explanations = []
    for candidate in sorted(instance.candidates, key=lambda candidate: candidate.id):
        rank = ranks.get(candidate.id)
        if candidate.id not in locked and rank != 1:
            above = candidate.ranks if rank is None else candidate.ranks[: rank - 1]
            explanations.append(Explanation(candidate.id, reasons.of(candidate, above)))
    return explanations


class _Reasons:
    """The first reason that applies, for one candidate and one office at a time."""

    def __init__(
        self,
        instance: Instance,
        outcome: Outcome,
        declined_on: Mapping[tuple[str, str], date],
        held_until: Mapping[str, date],
    ) -> None:
        pools = {pool.id: pool for pool in outcome.pools}
        self.pool_of = {office.id: pools[office.pool] for office in instance.offices}
        self.lotteries = outcome.lotteries
        self.declined = instance.declined_offices()
        self.declined_on = declined_on
        self.held_until = held_until

    def of(self, candidate: Candidate, offices: tuple[str, ...]) -> tuple[PassedOver, ...]:
        lottery = self.lotteries[candidate.id]
        found = []
        for office, score, pool, code in self.codes(candidate, offices):
            day = None
            if code == "declined":
                day = self.declined_on.get((candidate.id, office))
            elif code == "reserved":
                day = self.held_until.get(pool.id)
            found.append(PassedOver(office, code, candidate, score, lottery, pool, day))
        return tuple(found)

    def codes(self, candidate: Candidate, offices: tuple[str, ...]) -> Iterator[tuple[str, Score, PoolOutcome, Code]]:
        """The first code that applies, office by office in the order of the ranks, with the score there."""
        declined = self.declined.get(candidate.id, frozenset())
        scores, general = candidate.scores, candidate.score
        waiting = False  # whether these offices are ranked after the one that the person waits for
        for office in offices:
            pool = self.pool_of[office]
            score = scores.get(office, general) if scores else general
            assert score is not None  # an instance has one for every ranked office
            code: Code
            if office in candidate.ineligible:
                code = "ineligible"
            elif office in declined:
                code = "declined"
            elif pool.bid_price is not None and score < pool.bid_price:
                code = "threshold"
            elif waiting:
                code = "waiting"
            elif pool.reserved_held and not candidate.speaks_spanish:
                code = "reserved"
            elif pool.cutoff and pool.cutoff.score == score:
                code = "tie"
            else:
                code = "full"
            yield office, score, pool, code
            waiting = waiting or office == candidate.waits_for


def staff_sentence(variant: str, params: Mapping[str, object], translate: Callable[[str], str] = _plainly) -> str:
    """The sentence for staff, with the numbers."""
    return translate(STAFF_SENTENCES[variant]) % _shown(params)


def named_sentence(variant: str, params: Mapping[str, object], translate: Callable[[str], str] = _plainly) -> str:
    """The sentence for staff, to stand behind the office's name."""
    return translate(NAMED_SENTENCES.get(variant, STAFF_SENTENCES[variant])) % _shown(params)


def applicant_sentence(variant: str, params: Mapping[str, object], translate: Callable[[str], str] = _plainly) -> str:
    """The same reason for the applicant: plain words and nobody's scores."""
    return translate(APPLICANT_SENTENCES[variant]) % _shown(params)


def _shown(params: Mapping[str, object]) -> dict[str, object]:
    """Parameters as people read them: scores told apart by their decimals, a pool by its offices."""
    shown = dict(params)
    if "offices" in params:
        offices = params["offices"]
        shown["offices"] = ", ".join(offices) if isinstance(offices, (list, tuple)) else offices
    names = [name for name in ("score", "cutoff_score", "bid_price") if name in params]
    scores = [params[name] for name in names]
    shown.update(zip(names, shown_scores(*scores), strict=True))  # type: ignore[arg-type]
    return shown


def shown_scores(*scores: Score) -> list[str]:
    """Scores in as few decimals, two at least where they are broken, as show different scores differently."""
    distinct = len(set(scores))
    for decimals in range(2, 12):
        shown = [_decimal(score, decimals) for score in scores]
        if len(set(shown)) == distinct:
            return shown
    return [repr(score) for score in scores]


def _decimal(score: Score, decimals: int) -> str:
    text = f"{score:.{decimals}f}" if isinstance(score, float) else str(score)
    return text.rstrip("0").rstrip(".") if "." in text else text
