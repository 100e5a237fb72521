"""What every mail keeps to: whole sentences, a short subject that tells nobody else anything, one way on."""

import re

import pytest

from tests.servers import ROOT

FOLDER = ROOT / "templates" / "emails"
KINDS = sorted(path.stem for path in FOLDER.glob("*.md"))
_SAID = re.compile(r"""n?gettext\(\s*(['"])(?P<n>.*?)(?<!\\)\1|_\(\s*(['"])(?P<w>.*?)(?<!\\)\3""", re.DOTALL)
# What nobody should read over a shoulder on a locked phone.
SENSITIVE = re.compile(
    r"not selected|rejected|declined your|disabilit|conviction|\bscores?\b|%\(name\)s", re.IGNORECASE
)
# These end something, or hold their link as an address of its own.
WITHOUT_LINK = {"help_received"}


def said(kind: str) -> list[str]:
    """Every sentence of a template, in its order."""
    text = (FOLDER / f"{kind}.md").read_text(encoding="utf-8")
    return [found["n"] or found["w"] for found in _SAID.finditer(text)]


@pytest.mark.parametrize("kind", KINDS)
def test_sentences_begin_with_a_capital_letter(kind: str) -> None:
    assert [words for words in said(kind) if words[:1].islower() and words[-1:] in ".!?:"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_subjects_are_short_and_tell_nothing_sensitive(kind: str) -> None:
    text = (FOLDER / f"{kind}.md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "Subject:" in line]
    subjects = [found["n"] or found["w"] for line in lines for found in _SAID.finditer(line)]
    assert subjects != []
    assert [words for words in subjects if len(words) > 70 or SENSITIVE.search(words)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_says_where_to_go_on(kind: str) -> None:
    text = (FOLDER / f"{kind}.md").read_text(encoding="utf-8")
    assert ("link('" in text) is (kind not in WITHOUT_LINK)
