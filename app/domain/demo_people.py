"""The demo's invented people: who they are and what waits for them. Nobody of them is real."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.access import Role
from app.domain.words import N_

# Nobody can have an address there (RFC 2606), and only these people can be signed in as with one click.
DOMAIN = "example.org"


@dataclass(frozen=True, slots=True)
class Member:
    """One person with a role. `office` is set for supervisors; `title` and `about` are shown on the demo's pages."""

    key: str
    name: str
    role: Role | None
    title: str
    office: str | None = None
    about: str = ""

    @property
    def email(self) -> str:
        """The person's address."""
        return f"{self.key}@{DOMAIN}"


MAYA = Member(
    "maya.torres", "Maya Torres", None, N_("Applicant"),
    about=N_("Maya, 24, tutors at a community college in Cape Girardeau. She has written her application over four"
             " evenings; Jackson is her first choice and Rolla her second."),
)  # fmt: skip
READER = Member(
    "tomas.lindgren", "Tomas Lindgren", Role.READER, N_("Reader at PFJ"),
    about=N_("Tomas was a Client Advocate for two years. He scores short answers without seeing names, for what they"
             " say and for how they are written."),
)  # fmt: skip
INTERVIEWER = Member(
    "priya.raman", "Priya Raman", Role.INTERVIEWER, N_("Interviewer at PFJ"),
    about=N_("Priya watches recorded interviews and holds the final ones. She speaks Spanish and checks it with those"
             " who say that they do, Maya among them."),
)  # fmt: skip
MANAGER = Member(
    "ruth.abernathy", "Ruth Abernathy", Role.MANAGER, N_("Program manager at PFJ"),
    about=N_("Ruth runs the Missouri placements. Her list shows what is late, what is due, and whom to ask."),
)  # fmt: skip
SUPERVISOR = Member(
    "calvin.hayes", "Calvin Hayes", Role.SUPERVISOR, N_("Supervisor, Rolla office"), office="rolla",
    about=N_("Calvin leads the public defender office in Rolla. He has ten minutes between hearings, and the last word"
             " on who works with his team."),
)  # fmt: skip

FIVE = (MAYA, READER, INTERVIEWER, MANAGER, SUPERVISOR)

OTHERS = (
    Member("joanna.whitfield", "Joanna Whitfield", Role.READER, N_("Reader at PFJ")),
    Member("amara.osei", "Amara Osei", Role.READER, N_("Reader at PFJ")),
    Member("walter.kim", "Walter Kim", Role.READING_LEAD, N_("Reading lead at PFJ")),
    Member("grace.delgado", "Grace Delgado", Role.INTERVIEWER, N_("Interviewer at PFJ")),
    Member("henry.boudreaux", "Henry Boudreaux", Role.DIRECTOR, N_("South Regional Director")),
    Member("leah.sandoval", "Leah Sandoval", Role.COORDINATOR, N_("Accommodation coordinator")),
    Member("owen.pratt", "Owen Pratt", Role.ADMIN, N_("Administrator")),
    Member("nora.castle", "Nora Castle", Role.SUPERVISOR, N_("Supervisor, Farmington office"), "farmington"),
    Member("dale.everett", "Dale Everett", Role.SUPERVISOR, N_("Supervisor, Hillsboro office"), "hillsboro"),
    Member("irene.mcbride", "Irene McBride", Role.SUPERVISOR, N_("Supervisor, Jackson office"), "jackson"),
    Member("samuel.ortega", "Samuel Ortega", Role.SUPERVISOR, N_("Supervisor, Monett office"), "monett"),
    Member("paula.renner", "Paula Renner", Role.SUPERVISOR, N_("Supervisor, Ava office"), "ava"),
    Member("vincent.shaw", "Vincent Shaw", Role.SUPERVISOR, N_("Supervisor, Nevada office"), "nevada"),
    Member("teresa.novak", "Teresa Novak", Role.SUPERVISOR, N_("Supervisor, Saint Joseph office"), "saint-joseph"),
)

STAFF = tuple(member for member in (*FIVE, *OTHERS) if member.role is not None)


def is_invented(email: str) -> bool:
    """Tell whether an address belongs to the demo: only its people can be signed in as without a code."""
    return email.endswith(f"@{DOMAIN}")
