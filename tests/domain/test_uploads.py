import pytest

from app.domain.uploads import (
    MAX_DOCUMENT_BYTES,
    REFUSALS,
    FileRefused,
    carries_active_content,
    check_size,
    display_name,
)


def test_every_refusal_is_a_finished_sentence():
    for code in REFUSALS:
        sentence = str(FileRefused(code))
        assert sentence.endswith(".")
        assert "%(" not in sentence


def test_unknown_code_still_has_words():
    assert FileRefused("from the future").code == "unsafe"


@pytest.mark.parametrize(("size", "code"), [(0, "empty"), (MAX_DOCUMENT_BYTES + 1, "too_big")])
def test_check_size_refuses(size, code):
    with pytest.raises(FileRefused) as refused:
        check_size(size)
    assert refused.value.code == code


def test_check_size_accepts_the_limit_itself():
    check_size(MAX_DOCUMENT_BYTES)


def test_active_content_is_known_by_its_flags():
    assert carries_active_content(frozenset({"javascript"})) is True
    assert carries_active_content(frozenset({"restricted"})) is False


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("resume.pdf", "resume.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\ana\\cv.pdf", "cv.pdf"),
        ("cv.pdf.exe", "cv.pdf.exe.pdf"),
        (".htaccess", "htaccess.pdf"),
        ("简历.pdf", "简历.pdf"),
        ("O'Brien-Núñez résumé.PDF", "O'Brien-Núñez résumé.pdf"),
        ("a\r\nb\x00c\u202efdp.exe", "abcfdp.exe.pdf"),
        ("/", "document.pdf"),
        (".pdf", "document.pdf"),
        (None, "document.pdf"),
        ("x" * 300, "x" * 120 + ".pdf"),
    ],
)
def test_display_name_is_safe_and_says_the_real_kind(name, shown):
    assert display_name(name, "pdf") == shown
