"""Signing out."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.guard import allow
from app.web.parking import COOKIE
from app.web.sessions import end_session

bp = Blueprint("sign_out", __name__, url_prefix="/account")


@bp.post("/sign-out")
@allow("session:end")
def end() -> ResponseReturnValue:
    """Sign out and leave nothing in the browser."""
    end_session()
    response = make_response(redirect(url_for("account.sign_out.done")))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(COOKIE)
    return response


@bp.get("/signed-out")
@allow("session:end")
def done() -> ResponseReturnValue:
    """Say so."""
    return render_template("account/sign_out/done.html")
