"""Makes one tagged PDF (PDF/UA-1): reads {data, template, root, fonts, moment} as JSON on stdin, writes the file.

Run by path in its own process under limits (app.adapters.limited), so it imports nothing of the app. What people
wrote reaches the template only as data: it is never part of its source.
"""

import json
import re
import sys
import unicodedata
from typing import Any

import typst

# In place of a sign that none of our fonts has; the template says so at the end.
MISSING = "\u25a1"
ROUNDS = 12
_UNSHOWABLE = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-fA-F]+)\}")
# A line breaks within what has no spaces, such as a very long address.
_LONG_WORD = re.compile(r"\S{40,}")
_DIRECTION = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# A joined or colored picture is one sign.
_PICTURES = re.compile("[\U00010000-\U0010ffff\u2600-\u26ff\u2700-\u27bf](?:[\ufe0f\u200d\u20e3\U0001f3fb-\U0001f3ff]"
                       "|(?<=\u200d)[\U00010000-\U0010ffff\u2600-\u27bf])*")  # fmt: skip


def clean(value: Any) -> Any:
    """Return the data with every text made fit for a page."""
    if isinstance(value, dict):
        return {key: clean(one) for key, one in value.items()}
    if isinstance(value, list):
        return [clean(one) for one in value]
    return _clean_text(value) if isinstance(value, str) else value


def _clean_text(text: str) -> str:
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))
    text = text.replace("\u2028", "\n").replace("\u2029", "\n\n").translate(_DIRECTION)
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs", "Co", "Cn"))
    return _LONG_WORD.sub(lambda word: "\u200b".join(_pieces(word[0], 24)), text)


def _pieces(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)]


def replaced(value: Any, signs: "re.Pattern[str]") -> Any:
    """Return the data with these signs shown as a box."""
    if isinstance(value, dict):
        return {key: replaced(one, signs) for key, one in value.items()}
    if isinstance(value, list):
        return [replaced(one, signs) for one in value]
    return signs.sub(MISSING, value) if isinstance(value, str) else value


def alike(text: str, within: str) -> "re.Pattern[str]":
    """Return what finds these signs and all others of their scripts: one round for each script, not for each sign."""
    kinds = {_script(sign) for sign in text if not sign.isspace()}
    every = {sign for sign in within if ord(sign) >= 0x80 and _script(sign) in kinds}
    return re.compile("[" + re.escape("".join(sorted({*every, *text}))) + "]")


def _script(sign: str) -> str:
    return unicodedata.name(sign, "?").split(" ")[0]


def make(asked: dict[str, Any]) -> bytes:
    """Return the PDF. Raises typst.TypstError where the template itself is wrong."""
    data = clean(asked["data"])
    shown = replaced(data, _PICTURES)
    for _round in range(ROUNDS):
        # The sentence that explains the box holds one itself.
        words = json.dumps({**shown, "substituted_words": ""}, ensure_ascii=False)
        shown["substituted"] = MISSING in words
        try:
            return bytes(_compiled(asked, shown))
        except typst.TypstError as problem:
            found = _UNSHOWABLE.search(problem.message)
            if found is None:
                raise
            text = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), found[1])
            shown = replaced(shown, alike(text, words))
    plain = re.compile("[^\u0000-\u024f\u2010-\u2026\u25a1\u200b]")
    return bytes(_compiled(asked, {**replaced(shown, plain), "substituted": True}))


def _compiled(asked: dict[str, Any], data: dict[str, Any]) -> Any:
    return typst.compile(
        asked["template"],
        root=asked["root"],
        font_paths=asked["fonts"],
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=asked["moment"],
        # Nothing is fetched: a template imports no package.
        package_path=asked["root"],
        package_cache_path=asked["root"],
    )


def main() -> int:
    """Make the file; say what went wrong in one line."""
    try:
        sys.stdout.buffer.write(make(json.load(sys.stdin)))
    except (typst.TypstError, MemoryError) as problem:
        print(f"{type(problem).__name__}: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
