"""Parts of forms that every audience uses: typed text is cleaned, and refused in plain words where it must be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import Field, Form, SelectMultipleField, StringField, TextAreaField, ValidationError
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Optional, StopValidation
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain.answers import SURROGATES, UnstorableText, clean_text


class Typed:
    """Clean what was typed; refuse characters that no database keeps, and leave the rest in the field."""

    def __call__(self, form: Form, field: Field) -> None:
        typed = field.data or ""
        try:
            field.data = clean_text(typed)
        except UnstorableText as error:
            field.data = SURROGATES.sub("", typed.replace("\0", ""))
            raise StopValidation(_(error.sentence)) from error


class Needed:
    """Refuse an empty field with the words given; spaces alone are empty."""

    field_flags = {"required": True}

    def __init__(self, message: Any) -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        if not (field.data or "").strip():
            raise StopValidation(str(self.message))


class AtMost:
    """Refuse what is too long and say by how much; the text stays in the field.

    The browser is told no `maxlength`: it would cut what is pasted without a word.
    """

    def __init__(self, longest: int) -> None:
        self.longest = longest
        # The page states it beside the field.
        self.field_flags = {"longest": longest}

    def __call__(self, form: Form, field: Field) -> None:
        if sentence := too_long(field.data or "", self.longest):
            raise ValidationError(sentence)


def too_long(text: str, longest: int) -> str:
    """Return what to say of a text with more characters than `longest`; "" where it fits."""
    over = len(text.replace("\r\n", "\n")) - longest
    if over <= 0:
        return ""
    return ngettext(
        "This text is %(over)s character over the limit of %(limit)s. Shorten it.",
        "This text is %(over)s characters over the limit of %(limit)s. Shorten it.",
        over,
        over=f"{over:,}",
        limit=f"{longest:,}",
    )


class MultiCheckboxField(SelectMultipleField):
    """Checkboxes of which any number may be ticked."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def options(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Return the choices of a select, of radios or of checkboxes: each is what is sent, and its words."""
    return [SelectChoice(value=value, label=words) for value, words in pairs]


def line(label: Any, *validators: Any, longest: int = 200, optional: bool = False) -> StringField:
    """Return a one-line field of typed text."""
    rules = [Optional()] if optional else []
    return StringField(label, validators=[*rules, Typed(), *validators, AtMost(longest)])


def paragraph(label: Any, *validators: Any, longest: int = 10_000, optional: bool = False) -> TextAreaField:
    """Return a field for a longer text."""
    rules = [Optional(strip_whitespace=False)] if optional else []
    return TextAreaField(label, validators=[*rules, Typed(), *validators, AtMost(longest)])


__all__ = [
    "AtMost",
    "MultiCheckboxField",
    "Needed",
    "Typed",
    "ValidationError",
    "line",
    "options",
    "paragraph",
    "too_long",
]
