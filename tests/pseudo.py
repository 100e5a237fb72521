"""A pseudo language: every message is wrapped in ⟦ ⟧, so that a page shows what did not go through gettext.

What a message holds in its placeholders stands outside of its brackets: it has to be translated by itself,
be a number or a date, or be somebody's own words. Dates follow the language Esperanto, so that an English
weekday is found as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any, ClassVar

from babel import Locale

LANGUAGE = "eo"
OPEN, CLOSE = "⟦", "⟧"
_PARTS = re.compile(r"((?:<[^>]*>)|%\([A-Za-z_0-9]+\)[sd]|%%)")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# What no language translates.
_FREE = re.compile(
    r"https?://\S+|[\w.+-]+@[\w.-]+|/[a-z][\w/.-]*|\b[0-9a-f]{8,64}\b|[0-9a-f-]{36}|\b[A-Z]{1,3}-[0-9A-Fa-f-]+|\b\S+\.(?:webm|pdf|docx)\b"
)
_LOCALE = Locale.parse(LANGUAGE)
_DATE_WORDS = {
    word.strip(".").lower()
    for table in (_LOCALE.months, _LOCALE.days, _LOCALE.day_periods)
    for width in table["format"].values()
    for word in width.values()
} | {"atm", "ptm"}
SPOKEN = {"aria-label", "aria-description", "aria-roledescription", "title", "placeholder", "alt", "label"}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def wrapped(message: str) -> str:
    """Wrap the words of a message; placeholders and tags stay as they are."""
    return "".join(
        f"{OPEN}{part}{CLOSE}" if number % 2 == 0 and _LETTERS.search(part) else part
        for number, part in enumerate(_PARTS.split(message))
    )


class Translations:
    """Stands in for Babel's translations, and remembers the project's own messages that were asked for."""

    asked: ClassVar[set[str]] = set()

    def __init__(self, domain: str | None = "messages") -> None:
        self._ours = domain == "messages"

    def _wrapped(self, message: str) -> str:
        if self._ours:
            self.asked.add(message)
        return wrapped(message)

    def ugettext(self, message: str) -> str:
        """One message."""
        return self._wrapped(message)

    def ungettext(self, one: str, many: str, n: int) -> str:
        """A message with a plural."""
        return self._wrapped(one if n == 1 else many)

    def upgettext(self, _context: str, message: str) -> str:
        """A message with a context."""
        return self._wrapped(message)

    def unpgettext(self, _context: str, one: str, many: str, n: int) -> str:
        """A message with both."""
        return self._wrapped(one if n == 1 else many)

    gettext, ngettext, pgettext, npgettext = ugettext, ungettext, upgettext, unpgettext


def with_pseudo(content: Any) -> Any:
    """Return JSON in which every {"en": ...} also has the pseudo language."""
    if isinstance(content, list):
        return [with_pseudo(each) for each in content]
    if not isinstance(content, dict):
        return content
    if "en" in content:
        return {**content, LANGUAGE: _wrapped_all(content["en"])}
    return {name: with_pseudo(value) for name, value in content.items()}


def _wrapped_all(value: Any) -> Any:
    if isinstance(value, list):
        return [_wrapped_all(each) for each in value]
    if isinstance(value, dict):
        return {name: _wrapped_all(each) for name, each in value.items()}
    # Each line by itself: a text may be taken apart into paragraphs.
    return "\n".join(wrapped(line) for line in value.split("\n")) if isinstance(value, str) else value


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, bool]] = []
        self.pieces: list[str] = []
        self.spoken: list[str] = []

    @property
    def _mine(self) -> bool:
        return not any(skipped for _, skipped in self.kept)

    def _is_code(self, data: str) -> bool:
        """A state of the USA in a list: MO."""
        return bool(self.kept) and self.kept[-1][0] == "option" and re.fullmatch(r"[A-Z]{2}", data.strip()) is not None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        skipped = values.get("translate") == "no" or tag in {"script", "style"}
        if self._mine and not skipped:
            self.spoken += [value for name, value in attrs if value and _is_spoken(tag, name, values)]
        if tag not in _VOID:
            self.kept.append((tag, skipped))

    def handle_endtag(self, tag: str) -> None:
        for place in range(len(self.kept) - 1, -1, -1):
            if self.kept[place][0] == tag:
                del self.kept[place:]
                return

    def handle_data(self, data: str) -> None:
        if data.rstrip().endswith(("…", "...")) and data.count(OPEN) > data.count(CLOSE):
            data += CLOSE  # a text that was cut short
        if self._mine and not any(tag == "textarea" for tag, _ in self.kept) and not self._is_code(data):
            self.pieces.append(data)


def _is_spoken(tag: str, name: str, values: dict[str, str | None]) -> bool:
    if name in SPOKEN:
        return True
    if name == "content":
        return values.get("name") in {"description"} or values.get("property") in {"og:title", "og:description"}
    if name == "value":
        return tag == "input" and values.get("type") in {"submit", "button"}
    return name.startswith("data-") and " " in (values[name] or "").strip() and "{" not in (values[name] or "")


def leaks(html: str, known: Iterable[str] = ()) -> list[str]:
    """Return every text of a page that did not go through gettext."""
    page = _Page()
    page.feed(html)
    found = [text for value in page.spoken for text in leaks_of_text(value, known)]
    return found + leaks_of_text("\x1f".join(page.pieces), known)


def leaks_of_text(text: str, known: Iterable[str] = ()) -> list[str]:
    """Return what stands outside of the brackets and is not a number, a date, an address or known."""
    depth, outside = 0, []
    for sign in text:
        if sign == OPEN:
            depth += 1
        elif sign == CLOSE:
            depth -= 1
            outside.append("\x1f")
        elif depth <= 0:
            outside.append(sign)
    rest = "".join(outside)
    for word in known:
        rest = rest.replace(word, " ")
    rest = _FREE.sub(" ", rest)
    pieces = [" ".join(piece.split()) for piece in rest.split("\x1f")]
    found = [piece for piece in pieces if any(not _is_date_word(word) for word in _LETTERS.findall(piece))]
    return found + ([f"unbalanced: {text[:80]!r}"] if depth else [])


def _is_date_word(word: str) -> bool:
    return word.lower() in _DATE_WORDS
