"""Tagged PDFs: people's words stay words, whatever they hold; every sign finds a place; time is limited."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.adapters import pdf
from app.adapters.pdf import PdfFailed, make_pdf
from tests.pdfs import facts_of, text_of

MOMENT = datetime(2026, 12, 4, 18, tzinfo=UTC)


def _packet(text: str, title: str = "Ada Example") -> dict[str, object]:
    return {
        "title": title,
        "lang": "en",
        "author": "Partners for Justice",
        "kicker": "Client Advocate",
        "about": "",
        "footer": "For Rolla only",
        "substituted_words": "□ BOXNOTE",
        "facts": [{"label": "Why here", "value": text}],
        "sections": [{"title": "Short answers", "parts": [{"title": "A question?", "text": text}]}],
    }


def test_a_pdf_is_tagged_and_names_itself() -> None:
    facts = facts_of(make_pdf("packet", _packet("Words."), moment=MOMENT))
    assert facts["tagged"] and facts["shows_title"]
    assert (facts["lang"], facts["title"], facts["standard"]) == ("en", "Ada Example", "1")
    assert {"/H1", "/H2", "/H3", "/P", "/L", "/LI"} <= facts["kinds"]
    assert facts["active"] == []


@pytest.mark.parametrize(
    "text",
    [
        '#import "@preview/cetz:0.3.0": *',
        '#read("/etc/passwd") #eval("1+1") #sys.inputs',
        "$ x^2 $ and $unclosed",
        "back\\slash \\u{41} \\",
        "@reference <label> @",
        "*strong* _emph_ `raw` ```typ #x```",
        "= Heading\n- list\n+ list\n/ term: x",
        "// comment /* open [ ] ( ) { } ~ -- ... ' \"",
        "{{ 7*7 }} ${jndi:ldap://x} <script>alert(1)</script>",
        "https://example.org/#a?b=c&d",
    ],
)
def test_words_are_never_markup(text: str) -> None:
    content = make_pdf("packet", _packet(text, title=text.split("\n")[0]), moment=MOMENT)
    assert text_of(content).count(" ".join(text.split())) == 2 + ("\n" not in text)
    assert "/H4" not in facts_of(content)["kinds"]
    assert "BOXNOTE" not in text_of(content)


@pytest.mark.parametrize(
    ("text", "shown", "noted"),
    [
        ("שלום עולם", None, False),
        ("مرحبا بالعالم", None, False),
        ("Núñez O’Brien Łódź Ελλάδα Москва ½ € →", "Núñez O’Brien Łódź Ελλάδα Москва ½ € →", False),
        ("good 👩‍👩‍👧 morning 😀", "good □ morning □", True),
        ("name 李明 and 한국어 end", "end", True),
        ("a" + "\u0301" * 500, None, None),
        ("x\0y\x07z\u202eabc\u2028next", "xyzabc next", False),
        ("\ud83d lone \ue000 \U0010ffff", "lone", False),
        ("\ufeff\u200b", None, None),
        ("", None, False),
    ],
)
def test_every_sign_finds_a_place(text: str, shown: str | None, noted: bool | None) -> None:
    content = make_pdf("packet", _packet(text), moment=MOMENT)
    words = text_of(content)
    assert facts_of(content)["standard"] == "1"
    assert shown is None or shown in words
    assert noted is None or ("BOXNOTE" in words) == noted


def test_very_long_words_and_texts_stay_on_their_pages() -> None:
    content = make_pdf("packet", _packet("W" * 20_000), moment=MOMENT)
    assert text_of(content).replace(" ", "").replace("\u200b", "").count("W") >= 40_000
    assert facts_of(make_pdf("packet", _packet("A line of words. " * 5_000), moment=MOMENT))["tagged"]


def test_a_broken_template_and_a_slow_one_are_failures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "_TEMPLATES", tmp_path)
    (tmp_path / "broken.typ").write_text("#nothing-of-this-name")
    (tmp_path / "greedy.typ").write_text('#import "@preview/cetz:0.3.0": *')
    (tmp_path / "outside.typ").write_text('#set document(title: "x")\n#read("/etc/hostname")')
    (tmp_path / "slow.typ").write_text("#let n = 0\n#for i in range(0, 100000000) { n += 1 }\n#n")
    for name in ("broken", "greedy", "outside", "missing"):
        with pytest.raises(PdfFailed):
            make_pdf(name, {}, moment=MOMENT)
    monkeypatch.setattr(pdf, "_SECONDS", 1)
    with pytest.raises(PdfFailed, match="longer than 1 s"):
        make_pdf("slow", {}, moment=MOMENT)
