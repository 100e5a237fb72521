"""What a program file says, as frozen values: one opening with everything that belongs to it.

The field names are the keys of the YAML file, and the types are its schema: `yaml_reading` reads a file
by them, `program_checks` adds what one field alone cannot know. A field without a default is required.
Words for people are `{"en": "..."}`. Money is US dollars.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from app.domain.program_content import Content
from app.domain.program_gates import (
    Dimension,
    FinalInterview,
    Reading,
    RecordedInterview,
    RoutingWeights,
    ShortAnswers,
    SpanishScale,
    Thresholds,
)
from app.domain.program_reminders import Reminder
from app.domain.program_values import (
    Count,
    Email,
    Link,
    Money,
    Positive,
    Slug,
    SpanishLevelName,
    State,
    Words,
    Zone,
)
from app.domain.yaml_reading import Between, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    slug: Slug
    name: Words
    help_email: Email
    website: Link
    about: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class HostOrganization:
    slug: Slug
    name: Words
    short_name: Words
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    slug: Slug
    name: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    slug: Slug
    name: Words
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeSpanishIncrease:
    """`eligible` is None while the office has not said; `hourly` is None until the program sets it."""

    eligible: bool | None = None
    hourly: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    slug: Slug
    name: Words
    county: Words | None = None
    hint: Text | None = None
    address: Words | None = None
    time_zone: Zone
    spanish_need: Literal["unknown", "none", "welcome", "needed"] = "unknown"
    spanish_increase: OfficeSpanishIncrease = OfficeSpanishIncrease()


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatPool:
    slug: Slug
    name: Words
    offices: tuple[Slug, ...]
    seats: Count
    spanish_minimum: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """A last minute on the clock of a place."""

    date: dt.date
    time: dt.time = dt.time(23, 59)
    time_zone: Zone

    def closes_at(self) -> dt.datetime:
        """Return the last second, in UTC, of the last minute: whoever sends within that minute is in time."""
        last = dt.datetime.combine(self.date, self.time.replace(second=59), ZoneInfo(self.time_zone))
        return last.astimezone(dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gates:
    """What the opening has besides the application itself, which every opening has."""

    recorded_interview: bool
    final_interview: bool
    placement: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PayYear:
    year: Annotated[int, Between(1, 5)]
    hourly: Money
    annual: Money
    certainty: Literal["fixed", "possible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SalaryRange:
    low: Money
    high: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Pay:
    """Either the years of a placement or a salary range."""

    years: tuple[PayYear, ...] = ()
    salary_range: SalaryRange | None = None
    spanish_level: SpanishLevelName | None = None
    note: Text
    spanish_note: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A yes/no question; `excludes_when` is the answer that does not satisfy it."""

    id: Slug
    question: Text
    hint: Text | None = None
    excludes_when: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One eligibility rule. `any_of` (level alternative) or a question of its own (the other levels)."""

    id: Slug
    level: Literal["required", "alternative", "preferred"]
    question: Text | None = None
    hint: Text | None = None
    excludes_when: bool | None = None
    any_of: tuple[Condition, ...] = ()
    reason: Text | None = None

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """The questions of the rule; a rule with one question gives it its own id."""
        if self.question is None:
            return self.any_of
        return (Condition(id=self.id, question=self.question, hint=self.hint, excludes_when=self.excludes_when),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    version: Positive
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """`count` files are asked for: exactly that many when required, at most that many otherwise."""

    slug: Slug
    title: Text
    hint: Text | None = None
    form: Literal["file", "file_or_text", "contact"] = "file"
    required: bool
    count: Annotated[int, Between(1, 5)] = 1
    hidden_from_readers: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """Days that we promise, for each step that waits for us, and days that the applicant has for an offer."""

    read_application: Positive
    review_recording: Positive | None = None
    decide_after_final: Positive | None = None
    propose_office: Positive | None = None
    office_decision: Positive | None = None
    answer_offer: Positive
    answer_question: Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """`deadline` is None for rolling review; `mail_subject` is what a posting asked mails to be titled."""

    slug: Slug
    title: Text
    aliases: tuple[Words, ...] = ()
    kind: Literal["fellowship", "staff"]
    status: Literal["draft", "open", "closed"]
    employment_type: Literal["full_time", "part_time", "temporary", "internship"]
    job_type: Words | None = None
    location: Words
    remote: bool = False
    time_zone: Zone
    published_on: dt.date | None = None
    deadline: Deadline | None = None
    starts_on: dt.date | None = None
    term_months: Annotated[int, Between(1, 120)] | None = None
    mail_subject: Words | None = None
    summary: Text
    gates: Gates
    meeting_required: bool
    pay: Pay
    eligibility: Eligibility
    documents: tuple[DocumentKind, ...]
    short_answers: ShortAnswers | None = None
    resume_rubric: tuple[Dimension, ...]
    recorded_interview: RecordedInterview | None = None
    spanish: SpanishScale | None = None
    final_interview: FinalInterview | None = None
    thresholds: Thresholds
    routing_weights: RoutingWeights | None = None
    reading: Reading
    promises: Promises
    reminders: tuple[Reminder, ...] = ()
    content: Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One program file."""

    organization: Organization
    host_organization: HostOrganization | None = None
    region: Region
    season: Season
    offices: tuple[Office, ...] = ()
    seat_pools: tuple[SeatPool, ...] = ()
    opening: Opening
