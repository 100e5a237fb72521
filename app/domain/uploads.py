"""What a document may be, and the words for each reason it is refused."""

from app.domain.words import N_

MEGABYTE = 1024 * 1024
MAX_DOCUMENT_BYTES = 10 * MEGABYTE
MAX_DOCUMENT_FILES = 5
MAX_PAGES = 200
MAX_TEXT_CHARACTERS = 20_000
DISPLAY_NAME_LENGTH = 120

PDF_TYPE = "application/pdf"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MEDIA_TYPES = {"pdf": PDF_TYPE, "docx": DOCX_TYPE}

# Code -> what happened and how to mend it. Every code that FileRefused may carry is here.
REFUSALS: dict[str, str] = {
    "missing": N_("Select a file, or paste the text instead."),
    "several": N_("You can only select one file here. Select one file and upload it again."),
    "too_many_files": N_("You already have %(limit)s files here. Remove one before you add another."),
    "empty": N_("The selected file is empty. Open it on your device, check it, and save it again."),
    "too_big": N_(
        "The selected file must be smaller than %(limit_mb)s MB. Save it with smaller pictures, "
        "or paste the text instead."
    ),
    "wrong_type": N_(
        "The selected file must be a PDF or a Word document (DOCX). Open it on your device and choose "
        "Save as PDF, or paste the text instead."
    ),
    "old_word": N_(
        "The selected file is an older Word document (DOC). Open it and choose Save as, then pick PDF or DOCX."
    ),
    "pages": N_("The selected file is a Pages document. In Pages choose File, Export To, PDF, then upload the PDF."),
    "opendocument": N_(
        "The selected file is an OpenDocument file (ODT). Choose File, Export as PDF, then upload the PDF."
    ),
    "rich_text": N_(
        "The selected file is a rich text file (RTF). Open it and choose Save as PDF, then upload the PDF."
    ),
    "plain_text": N_("The selected file is plain text. Paste the text in the box instead, or save it as a PDF."),
    "image": N_(
        "The selected file is a picture. On a phone open it and choose Print or Share, then Save as PDF, "
        "and upload the PDF."
    ),
    "web_page": N_("The selected file is a web page. Open it, choose Print, then Save as PDF, and upload the PDF."),
    "spreadsheet": N_("The selected file is a spreadsheet or slides. Choose Save as PDF, then upload the PDF."),
    "program": N_("The selected file is a program, not a document. Choose a PDF or a Word document (DOCX)."),
    "archive": N_("The selected file is a ZIP folder. Open the folder and upload the document that is inside."),
    "encrypted": N_("The selected file is password protected. Remove the password and upload it again."),
    "damaged": N_(
        "We could not open the selected file. It may be incomplete. Open it on your device, save it "
        "as a new PDF, "
        "and upload that one."
    ),
    "macros": N_("The selected file contains macros. Save it as a PDF or as a plain Word document (DOCX)."),
    "embedded": N_(
        "The selected file has other files inside it. Take them out, or choose Save as PDF, and upload it again."
    ),
    "external_content": N_(
        "The selected file loads parts of itself from the internet. Choose Save as PDF, then upload the PDF."
    ),
    "disguised": N_(
        "The selected file is two kinds of file in one, so we cannot accept it. Open it on your device, "
        "save it as a new PDF, and upload that one."
    ),
    "unsafe": N_(
        "The selected file is built in a way that we cannot open safely. Open it on your device, "
        "choose Save as "
        "PDF, and upload that one."
    ),
    "too_complex": N_(
        "The selected file is too large when it is unpacked. Choose Save as PDF with smaller pictures, "
        "or paste the text instead."
    ),
    "too_many_pages": N_("The selected file has more than %(limit_pages)s pages. Upload only the pages that matter."),
    "virus": N_("The selected file contains a virus. Choose a different file, or paste the text instead."),
}

# Things a document may carry that are not needed to read it.
# It is kept, but only ever offered as a download.
ACTIVE_FLAGS = frozenset({"javascript", "open_action", "launch", "embedded_file", "submit_form", "external_content"})


class FileRefused(Exception):
    """A file that cannot be accepted. `message` % `values` is the English sentence for the person."""

    def __init__(self, code: str) -> None:
        self.code = code if code in REFUSALS else "unsafe"
        self.message = REFUSALS[self.code]
        self.values = {
            "limit_mb": MAX_DOCUMENT_BYTES // MEGABYTE,
            "limit_pages": MAX_PAGES,
            "limit": MAX_DOCUMENT_FILES,
        }
        super().__init__(self.message % self.values)


def check_size(size: int) -> None:
    """Raise FileRefused unless 0 < size <= the limit (bytes)."""
    if size <= 0:
        raise FileRefused("empty")
    if size > MAX_DOCUMENT_BYTES:
        raise FileRefused("too_big")


def carries_active_content(flags: frozenset[str]) -> bool:
    """Whether the file has scripts, actions or attachments, so that it is never shown in the page."""
    return bool(flags & ACTIVE_FLAGS)


def display_name(filename: str | None, kind: str) -> str:
    """The user's file name made safe to show; never used to find or to type a file.

    Control characters, direction overrides and path parts go; the ending always says what the file is.
    """
    text = (filename or "").replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in text if c.isprintable() and c not in '<>:"|?*').strip().rstrip(".")
    ending = f".{kind}"
    stem = shown[: -len(ending)] if shown.lower().endswith(ending) else shown
    return f"{stem.strip('. ')[:DISPLAY_NAME_LENGTH] or 'document'}{ending}"
