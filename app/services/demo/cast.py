"""The demo's invented applicants: who they are, what they are like, and how far each one comes."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.demo_people import DOMAIN, MAYA


@dataclass(frozen=True, slots=True)
class Applicant:
    """`voice` chooses the words, `level` the scores (1 to 4), `ranks` the offices in order."""

    key: str
    name: str
    town: str
    voice: int
    ranks: tuple[str, ...] = ("rolla", "jackson")
    level: int = 3
    not_here: tuple[str, ...] = ()
    spanish: str = "none"
    used_name: str = ""
    pronunciation: str = ""
    pronouns: str = ""
    statement: str = ""

    @property
    def email(self) -> str:
        """The person's address."""
        return f"{self.key}@{DOMAIN}"


STATEMENT = (
    "My family went through a case when I was in school, with a public defender who called us back every time. I would"
    " rather tell you about it in person than on paper."
)

MAYA_AS_APPLICANT = Applicant(
    MAYA.email.partition("@")[0], MAYA.name, "Cape Girardeau", 0, ("jackson", "rolla", "saint-joseph"),
    spanish="conversational", pronunciation="MY-ah TOR-res", pronouns="she/her", statement=STATEMENT,
)  # fmt: skip

# Placed, offered, declined: the first to apply.
NADIA = Applicant("nadia.brooks", "Nadia Brooks", "Jackson", 1, ("jackson", "rolla"), 4, pronouns="she/her")
MARCUS = Applicant("marcus.webb", "Marcus Webb", "Festus", 2, ("hillsboro", "farmington"))
JONAH = Applicant("jonah.pike", "Jonah Pike", "Joplin", 3, ("nevada",))
SIMONE = Applicant("simone.archer", "Simone Archer", "Saint Joseph", 4, ("saint-joseph",), statement=STATEMENT)
# The second wave.
ELLIOT = Applicant(
    "elliot.park", "Elliot Park", "Rolla", 6, ("jackson", "rolla"), spanish="professional", pronouns="he/him"
)
HANNAH = Applicant("hannah.sorensen", "Hannah Sorensen", "Arnold", 7, ("hillsboro",), 4)
DIEGO = Applicant("diego.fuentes", "Diego Fuentes", "Nevada", 8, ("nevada", "jackson"), spanish="native")
BEA = Applicant("beatrice.collins", "Beatrice Collins", "Sikeston", 9, ("jackson",), used_name="Bea")
# Passed their interviews just now: proposals to release.
CARMEN = Applicant(
    "carmen.villalobos", "Carmen Villalobos", "Farmington", 10, ("jackson", "farmington"), 4, spanish="native"
)
THEO = Applicant("theo.marchetti", "Theo Marchetti", "Ava", 11, ("ava", "monett"), not_here=("nevada",))

FINAL_DECISION = (Applicant("imani.clarke", "Imani Clarke", "Columbia", 12, spanish="basic"),)
SCORECARD_DUE = Applicant("sofia.mendez", "Sofia Mendez", "Springfield", 13, spanish="professional")
BOOKED = (Applicant("wesley.tran", "Wesley Tran", "Springfield", 14, ("monett", "ava"), pronouns="they/them"),)
BOOKING_DUE = (
    Applicant("abigail.stone", "Abigail Stone", "Kirksville", 15),
    Applicant("rashid.karim", "Rashid Karim", "St. Louis", 16, ("hillsboro", "farmington")),
)
RECORDING_DECISION = (Applicant("cole.bannister", "Cole Bannister", "Sedalia", 17),)
RECORDING_IN_REVIEW = (
    Applicant("keisha.monroe", "Keisha Monroe", "Kansas City", 18, ("saint-joseph",), statement=STATEMENT),
    Applicant("adrian.costa", "Adrian Costa", "Poplar Bluff", 19, ("jackson", "farmington"), spanish="native"),
    Applicant("lily.nakamura", "Lily Nakamura", "Rolla", 20, used_name="Lil"),
    Applicant("grant.oleary", "Grant O’Leary", "Branson", 21, ("ava", "monett", "nevada")),
    Applicant("tamara.wells", "Tamara Wells", "Hannibal", 22),
)
RECORDING_DUE = (
    Applicant("jasper.cole", "Jasper Cole", "Joplin", 23, ("nevada", "monett")),
    Applicant("mei.huang", "Mei Huang", "Columbia", 24, ("rolla", "hillsboro"), pronunciation="may hwahng"),
)
READING_DECISION = (Applicant("derek.fowler", "Derek Fowler", "Sikeston", 25, level=2),)
RESUME_IN_REVIEW = (
    Applicant("yusuf.ali", "Yusuf Ali", "Kansas City", 27, ("saint-joseph", "nevada")),
    Applicant("chloe.barrett", "Chloe Barrett", "Cape Girardeau", 28, ("jackson",)),
)
# The oldest first; of one the second reader has read too, and another waits for a third.
ANSWERS_IN_REVIEW = (
    Applicant("ruby.hollis", "Ruby Hollis", "Ava", 30, ("ava",)),
    Applicant("isaac.brandt", "Isaac Brandt", "Rolla", 31),
    Applicant("fatima.haddad", "Fatima Haddad", "St. Louis", 32, ("hillsboro",)),
    Applicant("logan.whitaker", "Logan Whitaker", "Farmington", 33, ("farmington",)),
    Applicant("serena.quist", "Serena Quist", "Jefferson City", 34),
)
DRAFTS = (
    Applicant("aaron.bell", "Aaron Bell", "Lebanon", 35),
    Applicant("lucia.moreno", "Lucia Moreno", "Monett", 36, ("monett",), spanish="native"),
    Applicant("joel.petersen", "Joel Petersen", "Saint Joseph", 37, ("saint-joseph",)),
)
WITHDRAWN = Applicant("victor.salas", "Victor Salas", "Neosho", 38, ("monett",))
NOT_SELECTED = Applicant("brent.haskell", "Brent Haskell", "Clinton", 39, level=1)
