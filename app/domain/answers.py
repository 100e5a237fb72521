"""What an applicant typed: cleaned for storing, counted in words and in sentences.

This is the only sentence counter of the product: pages, autosave and readers all ask here.
The segmenter `sentencex` does the hard part; the code around it handles lines, lists, brackets
and words that look like abbreviations.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Literal

from sentencex import segment

from app.domain.words import N_

Advice = Literal["empty", "short", "within", "long"]

LINE_BREAKS = re.compile("\r\n|[\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]")
SPACES = re.compile(r"[^\S\n]+")
CONTROLS = re.compile("[\x01-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
SURROGATES = re.compile("[\ud800-\udfff]")
LIST_MARKER = re.compile(r"^(?:[-*+•◦‣▪–—·>]+|\(?(?:\d{1,3}|[A-Za-z])[.)])\s+")
WORD_BREAKS = re.compile(r"[\s—–]+")
CAPITAL = "(?=[\"“‘'(¿¡]*[A-ZÁÉÍÓÚÑÜ])"
# Words that `sentencex` takes for abbreviations although they often end a sentence ("She called me. I went.").
ALSO_WORDS = (
    r"(?<=\b(?:me|no|op|ID|OK|MO|PD)\.)"
    r"|(?<=\b(?:etc|art|may|ill|con|rep|fed|ref|IDs)\.)"
    r"|(?<=\b(?:miss|reps)\.)"
)
# What it misses: the end at a closing bracket, after such a word, and before the pronoun "I".
MISSED_ENDS = re.compile(rf"(?:(?<=[.!?][)\]])|{ALSO_WORDS})\s+{CAPITAL}|(?<=[A-Za-z]{{2}}[.])\s+(?=I['’\s])")
# Titles it does not know in English text; their point is hidden from it.
SPANISH_TITLES = re.compile(r"\b(Sra|Srta|Dra|Ud|Uds|Lic)\.(?=\s)")
# A pasted mail is wrapped by hand at about this width: such a line goes on in the next one.
WRAPPED = range(60, 82)
# No opening asks for more; beyond it the exact count would help nobody.
LONGEST_COUNTED = 100_000
FEWEST, MOST = 3, 6


class UnstorableText(ValueError):
    """The text holds a character that the database cannot keep; the message says so in plain words."""

    sentence = N_("Your text contains a character we can't store. Remove it, or paste your text again as plain text.")

    def __init__(self) -> None:
        super().__init__(self.sentence)


def clean_text(text: str) -> str:
    """Return the text as it is stored: NFC, LF line ends, no stray controls, "" if nothing can be seen.

    Raises `UnstorableText` for NUL and lone surrogates: dropping them silently could change a name.
    """
    if "\0" in text or SURROGATES.search(text):
        raise UnstorableText
    cleaned = CONTROLS.sub("", LINE_BREAKS.sub("\n", text))
    cleaned = unicodedata.normalize("NFC", cleaned)
    lines = [line.rstrip() for line in cleaned.split("\n")]
    cleaned = "\n".join(lines).strip("\n")
    return cleaned if any(is_visible(character) for character in cleaned) else ""


def count_words(text: str) -> int:
    """Count the words: runs between spaces or dashes that hold at least one letter or digit."""
    return sum(has_word(piece) for piece in WORD_BREAKS.split(text))


def count_sentences(text: str) -> int:
    """Count the sentences of a text; 0 for an empty one, at least 1 where there is a word. Never raises."""
    readable = SURROGATES.sub(" ", text).replace("\0", " ")
    readable = SPACES.sub(" ", LINE_BREAKS.sub("\n", readable)).strip()
    return sum(sentences_in(block) for block in blocks(readable[:LONGEST_COUNTED]))


def sentence_range(content: Mapping[str, Any]) -> tuple[int, int]:
    """Return the fewest and the most sentences that an opening asks for; 3 and 6 where its content says nothing."""
    asked = content.get("short_answers") or {}
    return int(asked.get("sentences_low", FEWEST)), int(asked.get("sentences_high", MOST))


def length_advice(sentences: int, low: int, high: int) -> Advice:
    """Say how a number of sentences compares with what the opening asks; advice only, never a refusal."""
    if sentences <= 0:
        return "empty"
    if sentences < low:
        return "short"
    return "within" if sentences <= high else "long"


def blocks(text: str) -> list[str]:
    """Join hand-wrapped lines; every other line end (list item, paragraph, heading) ends a sentence."""
    found: list[str] = []
    previous = ""
    for raw in text.split("\n"):
        line = raw.strip()
        item = LIST_MARKER.sub("", line)
        if found and previous and line and item == line and goes_on(previous, line):
            found[-1] += " " + line
        elif line:
            found.append(item)
        previous = line
    return found


def goes_on(previous: str, line: str) -> bool:
    """Tell whether a line only carries on the one before it."""
    if previous[-1] in ".!?:;…":
        # A point ends the sentence anyway; joining lets the segmenter see "Mr.\nSmith" as one.
        return previous[-1] in ".…"
    first = line.lstrip("\"“‘'(")[:1]
    return first.islower() or previous[-1] == "," or len(previous) in WRAPPED


def sentences_in(block: str) -> int:
    """Count the sentences within one block of running text."""
    readable = SPANISH_TITLES.sub(r"\1", block)
    pieces = [part for sentence in segment("en", readable) for part in MISSED_ENDS.split(sentence)]
    return max(sum(has_word(piece) for piece in pieces), int(has_word(block)))


def has_word(piece: str) -> bool:
    """Tell whether a piece holds a letter or a digit (an emoji or a row of dots alone is no sentence)."""
    return any(character.isalnum() for character in piece)


def is_visible(character: str) -> bool:
    """Tell whether a character leaves a mark: no space, no control, no zero-width format character."""
    return unicodedata.category(character)[0] not in "ZC"
