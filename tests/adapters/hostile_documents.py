"""Documents made in code, good and hostile: no real person's file, nothing dangerous in the repository."""

import io
import zipfile

import docx
import pikepdf
from reportlab.pdfgen.canvas import Canvas

RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(text: str = "Client Advocate since 2024", pages: int = 1) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in range(pages):
        canvas.drawString(72, 720, f"{text} page {number + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def pdf_changed(change, **options) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf())) as document:
        change(document)
        document.save(out, **options)
    return out.getvalue()


def pdf_with_password() -> bytes:
    return pdf_changed(lambda _: None, encryption=pikepdf.Encryption(user="secret", owner="secret"))


def pdf_that_opens_but_is_restricted() -> bytes:
    return pdf_changed(lambda _: None, encryption=pikepdf.Encryption(user="", owner="secret"))


def pdf_with_open_action(kind: str, **more) -> bytes:
    def change(document):
        document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name("/" + kind), **more)

    return pdf_changed(change)


def pdf_with_hidden_javascript() -> bytes:
    """On a page's own action, inside an object stream."""

    def change(document):
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
        document.pages[0].AA = pikepdf.Dictionary(O=action)

    return pdf_changed(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def pdf_that_opens_at_a_page() -> bytes:
    def change(document):
        document.Root.OpenAction = pikepdf.Array([document.pages[0].obj, pikepdf.Name.Fit])

    return pdf_changed(change)


def pdf_with_attachment() -> bytes:
    def change(document):
        document.attachments["note.txt"] = b"hello"

    return pdf_changed(change)


def pdf_with_many_objects() -> bytes:
    def change(document):
        empty = (document.make_indirect(pikepdf.Dictionary()) for _ in range(100_001))
        document.Root.Many = pikepdf.Array(list(empty))

    return pdf_changed(change, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def docx_file(text: str = "Tenant organizer, St. Louis") -> bytes:
    document = docx.Document()
    document.add_heading("Ada Example", 0)
    document.add_paragraph(text)
    document.add_table(1, 2).rows[0].cells[1].text = "in a table"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def docx_changed(extra: dict | None = None, replace: dict | None = None, infos=()) -> bytes:
    """A valid document with entries added (`extra`, `infos`) or changed by (old, new) bytes (`replace`)."""
    out = io.BytesIO()
    old = zipfile.ZipFile(io.BytesIO(docx_file()))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            for before, after in (replace or {}).get(name, []):
                assert before in content
                content = content.replace(before, after)
            new.writestr(name, content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
        for info, content in infos:
            new.writestr(info, content)
    return out.getvalue()


def docx_with_relationship(what: str, target: str) -> bytes:
    row = f'<Relationship Id="rId99" Type="{OFFICE}/{what}" Target="{target}" TargetMode="External"/>'
    row += "</Relationships>"
    return docx_changed(replace={"word/_rels/document.xml.rels": [(b"</Relationships>", row.encode())]})


def docx_with_doctype(declaration: bytes, encoding: str = "utf-8") -> bytes:
    text = declaration.decode() + "<x>&a;</x>"
    if encoding != "utf-8":
        text = f'<?xml version="1.0" encoding="{encoding}"?>' + text
    return docx_changed(extra={"word/extra.xml": text.encode(encoding)})


def docx_with_symlink() -> bytes:
    link = zipfile.ZipInfo("word/link")
    link.external_attr = 0o120777 << 16
    return docx_changed(infos=[(link, "/etc/passwd")])


def docx_with_lying_size() -> bytes:
    """The directory says that a bomb is 10 bytes long."""
    data = docx_changed(extra={"word/media/bomb.txt": b"\0" * 60_000_000})
    size = (60_000_000).to_bytes(4, "little")
    return data.replace(size, (10).to_bytes(4, "little"))


def zip_file(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def ole_file(stream: str) -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + stream.encode("utf-16-le") + b"\0" * 600
