"""Documents: one file or pasted text for each kind; a refusal says at the field what is wrong and how to mend it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from app.adapters.clock import now
from app.domain.refusals import Refusal
from app.domain.uploads import MAX_DOCUMENT_BYTES, REFUSALS, FileRefused
from app.extensions import transaction
from app.queries.applications import document_kind_of, documents_in_force
from app.queries.by_id import application_by_id
from app.services.documents import remove_document, save_file, save_pasted
from app.web.applicant.large_bodies import typed_beside_file
from app.web.applicant.parts import away_from_draft
from app.web.fields import paragraph
from app.web.files import document_response
from app.web.guard import allow, current_person_id, permitted, takes_bytes
from app.web.parking import KeptForm

if TYPE_CHECKING:
    from app.models.application import Application, Document
    from app.models.opening import DocumentKind

bp = Blueprint("documents", __name__, url_prefix="/applications/<uuid:application_id>/documents")

# The form around the file: its boundaries, the token, pasted text.
AROUND_THE_FILE = 256 * 1024
READ_AT_MOST = 64 * 1024 * 1024


class DocumentForm(KeptForm):
    """A file, or the same as text."""

    file = FileField(_l("Upload a file"))
    text = paragraph(_l("Or paste the text"), longest=200_000, optional=True)


@bp.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say it at the field, on the page where the file was chosen."""
    arguments = request.view_args or {}
    application = application_by_id(arguments.get("application_id", UUID(int=0)))
    if application is None or not permitted("application:edit", application):
        abort(404)
    kind = _kind_or_404(application, str(arguments.get("kind", "")))
    length = min(request.content_length or 0, READ_AT_MOST)
    stream = request.environ["wsgi.input"]
    text = typed_beside_file(stream, request.headers.get("Content-Type", ""), "text", read_at_most=length)
    form = DocumentForm(formdata=MultiDict({"text": text}))
    form.file.errors = [_refusal_words(FileRefused("too_big"))]
    return _page(application, kind, form), 413


@bp.route("/<kind>", methods=["GET", "POST"])
@allow("application:edit", load="application")
@takes_bytes(MAX_DOCUMENT_BYTES + AROUND_THE_FILE)
def edit(application: Application, kind: str) -> ResponseReturnValue:
    """Show what is there; keep a new file or text."""
    if away := away_from_draft(application):
        return away
    wanted = _kind_or_404(application, kind)
    form = DocumentForm()
    unused = _unused_text(application, wanted, form)
    status = _save_or_explain(application, wanted, form) if form.is_submitted() else 200
    if form.is_submitted() and status == 200 and unused:
        # The file counts, and the text is still there to be looked at.
        return _page(application, wanted, form, unused=True)
    if form.is_submitted() and status == 200:
        flash(_("Your document is saved. We read it back to be sure."), "success")
        if wanted.count > 1:
            return redirect(url_for("applicant.documents.edit", application_id=application.id, kind=kind))
        return redirect(url_for("applicant.tasks.show", application_id=application.id))
    return _page(application, wanted, form), status


def _save_or_explain(application: Application, kind: DocumentKind, form: DocumentForm) -> int:
    """Keep the file, or the text: 200. Where that is not possible, say why at the field; return the page's status."""
    if not form.validate():
        return 400
    files = [file for file in request.files.getlist("file") if file.filename]
    try:
        with transaction():
            _save(application, kind, files, form.text.data or "")
    except FileRefused as refused:
        form.file.errors = [_refusal_words(refused)]
    except Refusal as refusal:
        field = form.text if refusal.field == "text" else form.file
        field.errors = [_(refusal.message, **refusal.details)]
        # What is not the person's doing is told as such: no room (507), or away (503).
        return refusal.status if refusal.status >= 500 else 400
    return 400 if form.errors else 200


def _unused_text(application: Application, kind: DocumentKind, form: DocumentForm) -> bool:
    """Tell whether new text came with a file: one of the two can be kept, and the file is."""
    typed = "\n".join((form.text.data or "").splitlines()).strip()
    if not form.is_submitted() or not typed or not any(file.filename for file in request.files.getlist("file")):
        return False
    held = [document.text or "" for document in documents_in_force(application.id, kind.slug)]
    return typed not in ["\n".join(text.splitlines()).strip() for text in held]


def _save(application: Application, kind: DocumentKind, files: list[FileStorage], text: str) -> None:
    by, moment = current_person_id(), now()
    if len(files) > 1:
        raise FileRefused("several")
    if files:
        save_file(application, kind, data=files[0].read(), file_name=files[0].filename, by=by, now=moment)
    elif text:
        save_pasted(application, kind, text=text, by=by, now=moment)
    elif kind.required and not documents_in_force(application.id, kind.slug):
        raise FileRefused("missing")


def _refusal_words(refused: FileRefused) -> str:
    return _(REFUSALS[refused.code], **refused.values)


def _kind_or_404(application: Application, slug: str) -> DocumentKind:
    kind = document_kind_of(application.opening_id, slug)
    if kind is None:
        abort(404)
    return kind


def _document_or_404(application: Application, kind: str, document_id: UUID) -> Document:
    for document in application.documents:
        if document.id == document_id and document.kind == kind:
            return document
    abort(404)


def _page(application: Application, kind: DocumentKind, form: DocumentForm, *, unused: bool = False) -> str:
    held = documents_in_force(application.id, kind.slug)
    if not form.is_submitted() and not form.text.data and kind.count == 1 and held and held[0].source == "pasted":
        form.text.data = held[0].text
    return render_template(
        "applicant/documents/edit.html", form=form, application=application, kind=kind, documents=held, unused=unused
    )


@bp.get("/<kind>/<uuid:document_id>")
@allow("application:read", load="application")
def download(application: Application, kind: str, document_id: UUID) -> ResponseReturnValue:
    """Return one's own file, before and after sending; text that was pasted is shown on the pages."""
    document = _document_or_404(application, kind, document_id)
    if document.source != "file":
        abort(404)
    return document_response(document)


@bp.post("/<kind>/<uuid:document_id>/remove")
@allow("application:edit", load="application")
def remove(application: Application, kind: str, document_id: UUID) -> ResponseReturnValue:
    """Take a document out again."""
    document = _document_or_404(application, kind, document_id)
    with transaction():
        remove_document(document, by=current_person_id(), now=now())
    flash(_("The document is removed from your application."), "success")
    return redirect(url_for("applicant.documents.edit", application_id=application.id, kind=kind))
