import os
import time
import zipfile

import pytest

from app.adapters.documents import inspect_document
from app.domain.uploads import MAX_DOCUMENT_BYTES, FileRefused
from tests.adapters import hostile_documents as made

GOOD_PDF = made.pdf()
GOOD_DOCX = made.docx_file()
PAGE = b"<html><body><script>alert(1)</script></body></html>"
BILLION = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def code_of(data, filename="cv.pdf"):
    try:
        inspect_document(data, filename)
    except FileRefused as refused:
        return refused.code
    return "accepted"


def test_pdf_is_accepted_with_pages_and_text():
    document = inspect_document(made.pdf("Organizer Núñez", pages=3), "../../cv.exe")
    assert (document.kind, document.media_type, document.pages) == ("pdf", "application/pdf", 3)
    assert "Organizer Núñez page 1" in document.text
    assert "page 3" in document.text
    assert document.flags == frozenset()
    assert document.active is False
    assert document.shown_name == "cv.exe.pdf"


def test_docx_is_accepted_with_text_whatever_its_name():
    document = inspect_document(made.docx_file("Tenant organizer\tSt. Louis – résumé"), "cv.pdf")
    assert (document.kind, document.pages) == ("docx", None)
    assert document.media_type.endswith("wordprocessingml.document")
    assert document.text.splitlines()[0] == "Ada Example"
    assert "Tenant organizer\tSt. Louis – résumé" in document.text
    assert "in a table" in document.text
    assert document.flags == frozenset()


def test_same_file_twice_is_the_same_answer():
    assert inspect_document(GOOD_PDF, "a.pdf") == inspect_document(GOOD_PDF, "a.pdf")


def test_scan_without_text_is_accepted():
    scan = made.pdf_changed(lambda pdf: pdf.pages[0].obj.__delitem__("/Contents"))
    assert inspect_document(scan, "scan.pdf").readable is False


def test_long_text_is_cut():
    assert len(inspect_document(made.docx_file("word " * 10_000), "a.docx").text) == 20_000


def test_pdf_that_every_viewer_opens_is_accepted_though_restricted():
    document = inspect_document(made.pdf_that_opens_but_is_restricted(), "a.pdf")
    assert document.flags == frozenset({"restricted"})


def test_pdf_that_opens_at_a_page_has_no_flag():
    assert inspect_document(made.pdf_that_opens_at_a_page(), "a.pdf").flags == frozenset()


@pytest.mark.parametrize(
    ("data", "flag"),
    [
        (made.pdf_with_open_action("JavaScript", JS="app.alert(1)"), "javascript"),
        (made.pdf_with_open_action("Launch", F="cmd.exe"), "launch"),
        (made.pdf_with_open_action("URI", URI="https://example.org"), "open_action"),
        (made.pdf_with_hidden_javascript(), "javascript"),
        (made.pdf_with_attachment(), "embedded_file"),
        (made.docx_with_relationship("image", "https://example.org/pixel.png"), "external_content"),
        (made.docx_changed(extra={"word/embeddings/chart.xlsx": made.zip_file(a=b"1")}), "embedded_file"),
    ],
)
def test_active_content_is_flagged(data, flag):
    document = inspect_document(data, "a.pdf")
    assert flag in document.flags
    assert document.active is True


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"%PDF-" + b"x" * MAX_DOCUMENT_BYTES, "too_big"),
        (PAGE, "web_page"),
        (b"<!DOCTYPE html>\n<title>x</title>", "web_page"),
        (b"MZ\x90\x00" + os.urandom(500), "program"),
        (b"\x7fELF" + os.urandom(500), "program"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "image"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 100, "image"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 100, "image"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "image"),
        (b"{\\rtf1 hello}", "rich_text"),
        (b"My resume. " * 300, "plain_text"),
        ("简历 résumé ".encode() * 300, "plain_text"),
        (EICAR, "virus"),
        (os.urandom(2000).replace(b"%PDF-", b"").replace(b"<", b"") + b"\0\xff", "wrong_type"),
        (made.ole_file("WordDocument"), "old_word"),
        (made.ole_file("EncryptedPackage"), "encrypted"),
        (made.ole_file("Workbook"), "spreadsheet"),
        (made.zip_file(mimetype=b"application/vnd.oasis.opendocument.text"), "opendocument"),
        (made.zip_file(Index__Document_dot_iwa=b"1"), "pages"),
        (made.zip_file(xl__workbook_dot_xml=b"1", **{"[Content_Types].xml": b"1"}), "spreadsheet"),
        (made.zip_file(a_dot_txt=b"1"), "archive"),
        (zipfile.ZipFile.__name__.encode().join([b"PK\x03\x04", b"\0" * 100]), "damaged"),
    ],
)
def test_other_kinds_are_refused_by_structure(data, code):
    for name in ("cv.pdf", "cv.docx", "x"):
        assert code_of(data, name) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (made.pdf_with_password(), "encrypted"),
        (GOOD_PDF[: len(GOOD_PDF) // 2], "damaged"),
        (b"%PDF-1.7\n" + os.urandom(3000) + b"\n%%EOF", "damaged"),
        (b"%PDF-1.7\n%%EOF", "damaged"),
        (made.pdf(pages=201), "too_many_pages"),
        (made.pdf_with_many_objects(), "too_complex"),
        (GOOD_PDF + made.zip_file(a_dot_txt=b"1"), "disguised"),
        (GOOD_PDF + made.zip_file(a_dot_txt=b"1") + b"\n%%EOF", "disguised"),
        (GOOD_PDF + GOOD_DOCX, "disguised"),
        (GOOD_PDF + PAGE, "disguised"),
        (GOOD_PDF.replace(b"%PDF-1.3\n", b"%PDF-1.3\n%<script>alert(1)</script>\n", 1), "disguised"),
        (PAGE + GOOD_PDF, "disguised"),
        (b"GIF89a" + GOOD_PDF, "disguised"),
        (b"GIF89a" + GOOD_DOCX, "image"),
        (b"MZ" + GOOD_DOCX, "program"),
    ],
)
def test_hostile_pdf_is_refused(data, code):
    assert code_of(data) == code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (GOOD_DOCX[: len(GOOD_DOCX) // 2], "damaged"),
        (GOOD_DOCX + PAGE, "disguised"),
        (made.docx_changed(extra={"word/media/bomb.txt": b"\0" * 20_000_000}), "too_complex"),
        (made.docx_changed(extra={"word/media/bomb.txt": b"\0" * 60_000_000}), "too_complex"),
        (made.docx_with_lying_size(), "damaged"),
        (made.docx_changed(extra={f"word/media/{n}": b"1" for n in range(1001)}), "too_complex"),
        (made.docx_changed(extra={"word/inner.zip": made.zip_file(a=b"1")}), "embedded"),
        (made.docx_changed(extra={"word/media/image1.png": made.zip_file(a=b"1")}), "embedded"),
        (made.docx_changed(extra={"word/media/image1.png": b"MZ\x90"}), "embedded"),
        (made.docx_with_doctype(BILLION), "unsafe"),
        (made.docx_with_doctype(OUTSIDE), "unsafe"),
        (made.docx_with_doctype(OUTSIDE, "utf-16"), "unsafe"),
        (made.docx_changed(extra={"word/extra.xml": b"<a>" * 5000 + b"</a>" * 5000}), "too_complex"),
        (made.docx_changed(extra={"word/extra.xml": b"<a"}), "damaged"),
        (made.docx_changed(extra={"word/vbaProject.bin": b"1"}), "macros"),
        (
            made.docx_changed(
                replace={"[Content_Types].xml": [(b"wordprocessingml.document.main", b"macroEnabled.main")]}
            ),
            "macros",
        ),
        (made.docx_changed(extra={"word/embeddings/oleObject1.bin": b"1"}), "embedded"),
        (made.docx_with_relationship("attachedTemplate", "https://example.org/t.dotm"), "external_content"),
        (made.docx_with_relationship("attachedTemplate", "\\\\server\\t.dotm"), "external_content"),
        (made.docx_with_relationship("oleObject", "https://example.org/x"), "external_content"),
        (made.docx_changed(extra={"../../evil.xml": b"<a/>"}), "unsafe"),
        (made.docx_changed(extra={"/etc/evil.xml": b"<a/>"}), "unsafe"),
        (made.docx_with_symlink(), "unsafe"),
    ],
)
def test_hostile_docx_is_refused(data, code):
    assert code_of(data, "cv.docx") == code


@pytest.mark.parametrize(
    "data",
    [
        made.docx_with_relationship("attachedTemplate", "file:///C:\\Users\\ana\\Normal.dotm"),
        made.docx_with_relationship("hyperlink", "https://example.org"),
    ],
)
def test_harmless_outside_references_are_accepted(data):
    assert inspect_document(data, "cv.docx").active is False


def test_bomb_is_refused_quickly():
    data = made.docx_changed(
        replace={"word/document.xml": [(b"Ada Example", b"a" * 100_000_000)]},
    )
    began = time.monotonic()
    assert code_of(data) == "too_complex"
    assert time.monotonic() - began < 5


def test_refusal_says_how_to_mend_it():
    with pytest.raises(FileRefused) as refused:
        inspect_document(made.pdf_with_password(), "cv.pdf")
    words = "The selected file is password protected. Remove the password and upload it again."
    assert str(refused.value) == words
