"""What people score at each gate of an opening, and how: part of a program file."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from app.domain.program_values import Anchors, Count, Positive, Score, Share, Slug, SpanishLevelName
from app.domain.yaml_reading import Between, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimension:
    """What is scored from 1 to 4. A `preferred` one can raise a result and never lower it."""

    slug: Slug
    title: Text
    guidance: Text | None = None
    anchors: Anchors
    preferred: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortAnswer:
    slug: Slug
    text: Text
    hint: Text | None = None
    substance: Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class ShortAnswers:
    sentences_low: Positive
    sentences_high: Positive
    writing: Dimension
    questions: tuple[ShortAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedQuestion:
    """`about_answer` names the short answer that is shown beside the question."""

    slug: Slug
    text: Text
    hint: Text | None = None
    about_answer: Slug | None = None
    substance: Dimension


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedInterview:
    prep_seconds: Annotated[int, Between(0, 600)]
    limit_seconds: Annotated[int, Between(15, 1200)]
    grace_seconds: Annotated[int, Between(0, 120)]
    retakes: Annotated[int, Between(0, 10)]
    days_to_record: Annotated[int, Between(1, 90)]
    clarity: Dimension
    questions: tuple[RecordedQuestion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Competence:
    slug: Slug
    title: Text
    guidance: Text | None = None
    questions: tuple[Text, ...]
    look_fors: tuple[Text, ...]
    anchors: Anchors


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanishLevel:
    """One level: what the applicant reads, and what an interviewer must hear to verify it."""

    level: SpanishLevelName
    title: Text
    self_report: Text
    verify: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SpanishScale:
    """From `speaks_from` upward a person counts as a Spanish speaker, for routing and for pay."""

    speaks_from: SpanishLevelName
    how_to_verify: Text
    levels: tuple[SpanishLevel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FinalInterview:
    minutes: Annotated[int, Between(10, 240)]
    days_to_book: Annotated[int, Between(1, 90)]
    reschedule_until_hours: Count
    opening_words: Text
    closing_words: Text
    competences: tuple[Competence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """At or above it an application advances; below it a manager decides. On the rubric's scale, 1 to 4.

    `reading` is compared with the short answers and the résumé together.
    """

    reading: Score
    recording: Score
    final: Score


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutingWeights:
    short_answers: Share
    resume: Share
    recorded_interview: Share
    final_interview: Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    policy: Literal["twice", "once"]
    borderline: Annotated[Decimal, Between(0, 3)]
    random_share: Share
    minutes_per_answer: Annotated[Decimal, Between(Decimal("0.1"), 60)]
    minutes_per_resume: Annotated[Decimal, Between(Decimal("0.1"), 60)]
