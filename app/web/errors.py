"""Domain errors become pages: calm words, what to do next, never a 500 for bad input."""

from __future__ import annotations

import errno

import structlog
from flask import Flask, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.domain.pipeline import IllegalMove
from app.domain.refusals import Refusal
from app.web.wants import wants_json

log = structlog.get_logger()
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
PAGES = frozenset({400, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503, 507})


def _page(status: int, **context: object) -> ResponseReturnValue:
    if status < 500 and context.get("message"):
        context["message"] = _(str(context["message"]))
    if wants_json():
        return jsonify(message=context.get("message")), status
    name = status if status in PAGES else 400 if status < 500 else 500
    if status >= 500:
        # Without context processors and the profile's language: either would ask the database that may be away.
        wanted = request.cookies.get("lang", "en")
        with force_locale(wanted if wanted in _languages() else "en"):
            return current_app.jinja_env.get_template(f"errors/{name}.html").render(**context), status
    return render_template(f"errors/{name}.html", back_url=_back_url(), **context), status


def _back_url() -> str | None:
    """The page of ours on which the refused button was pressed; a GET has none that helps."""
    came_from = request.referrer or ""
    return came_from if request.method == "POST" and came_from.startswith(request.host_url) else None


def _languages() -> list[str]:
    languages: list[str] = current_app.config["LANGUAGES"]
    return languages


def install(app: Flask) -> None:
    """Register the handlers."""

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error
        return _page(status)

    @app.errorhandler(IllegalMove)
    def somebody_was_faster(error: IllegalMove) -> ResponseReturnValue:
        return _page(409, move=error)

    @app.errorhandler(StaleDataError)
    def changed_meanwhile(_error: StaleDataError) -> ResponseReturnValue:
        return _page(409)

    @app.errorhandler(Refusal)
    def refused(error: Refusal) -> ResponseReturnValue:
        return _page(error.status, message=error.message)

    @app.errorhandler(DataError)
    def no_room_for_it(error: DataError) -> ResponseReturnValue:
        # The last line of defense: a form should have said so at its field.
        log.warning("the database cannot hold it", request_id=g.get("request_id"), endpoint=request.endpoint)
        return _page(400, message=_("Something that you sent holds a character or a number that we cannot store."))

    @app.errorhandler(OperationalError)
    def database_away(_error: OperationalError) -> ResponseReturnValue:
        log.warning("database away", request_id=g.get("request_id"), endpoint=request.endpoint)
        return _page(503, not_saved=request.method == "POST")

    @app.errorhandler(OSError)
    def disk_trouble(error: OSError) -> ResponseReturnValue:
        # A large upload is laid down on the machine's own disk before a view sees it.
        if error.errno not in NO_ROOM:
            return unexpected(error)
        log.error("the disk is full", request_id=g.get("request_id"), endpoint=request.endpoint)
        return _page(507)

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        log.error("unexpected error", request_id=g.get("request_id"), endpoint=request.endpoint, exc_info=error)
        if app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        return _page(500)
