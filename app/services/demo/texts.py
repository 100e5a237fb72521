"""The words of the demo's invented people, read once from the files beside this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import yaml

FOLDER = Path(__file__).resolve().parent


@cache
def _file(name: str) -> object:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def answer_to_question(slug: str, voice: int) -> str:
    """Return the short answer to a question in one voice; voices repeat after the last."""
    answers: Mapping[str, Sequence[str]] = _file("answers.yaml")  # type: ignore[assignment]
    texts = answers[slug]
    return texts[voice % len(texts)]


def resume_of(voice: int, name: str, town: str) -> str:
    """Return a résumé as plain text."""
    bodies: Sequence[str] = _file("resumes.yaml")  # type: ignore[assignment]
    return f"{name}\n{town}, Missouri\n\n{bodies[voice % len(bodies)]}"


def written_answer(slug: str, voice: int) -> str:
    """Return a written answer to a question of the recorded interview."""
    voices: Sequence[Mapping[str, str]] = _file("written.yaml")  # type: ignore[assignment]
    return voices[voice % len(voices)][slug]
