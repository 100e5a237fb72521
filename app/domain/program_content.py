"""The words of an opening's public page, in sections: part of a program file."""

from dataclasses import dataclass
from typing import Literal

from app.domain.program_values import Positive, Slug
from app.domain.yaml_reading import Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    title: Text
    paragraphs: tuple[Text, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    id: Slug
    level: Literal["required", "alternative", "preferred"]
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPlaced:
    """Who cannot be placed, and why; `rule` names the eligibility rule that says so."""

    rule: Slug
    who: Text
    why: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class WritingHelp:
    allowed: tuple[Text, ...]
    not_allowed: tuple[Text, ...]
    note: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    id: Slug
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionStep:
    slug: Slug
    title: Text
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The public page in sections. It holds text, numbers and yes/no only: `asdict` of it is JSON."""

    about: tuple[Section, ...]
    what_you_do: tuple[Text, ...]
    who_we_look_for: tuple[Criterion, ...]
    not_placed: tuple[NotPlaced, ...] = ()
    role_limits: Text | None = None
    benefits: tuple[Text, ...]
    how_to_apply: tuple[Text, ...]
    minutes_to_apply: Positive
    help_with_writing: WritingHelp | None = None
    attestations: tuple[Attestation, ...]
    lived_experience: Text | None = None
    selection_steps: tuple[SelectionStep, ...]
    statements: tuple[Text, ...]
