"""The one guard: every view names its action; the guard loads the row, asks the access table, or answers 404.

A route without an action is refused by default. Ids that are unknown, malformed or another person's are
404, so that nobody learns what exists; a role that has no business with an action at all is told so (403).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar
from uuid import UUID

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.adapters.clock import now
from app.domain.access import ACTIONS, Action, Actor, could, may
from app.queries.access import actor_of, subject_of
from app.web.loaders import LOADERS
from app.web.wants import wants_json

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])


def current_actor() -> Actor:
    """Return who asks, read once per request."""
    if "actor" not in g:
        # For a visitor the clock is not asked: it may need the database, and /healthz must not.
        g.actor = actor_of(current_user, now=now()) if current_user.is_authenticated else Actor()
    actor: Actor = g.actor
    return actor


def current_person_id() -> UUID:
    """Return the id of the person who is signed in; only for views that the guard protects."""
    person_id = current_actor().person_id
    if person_id is None:
        abort(403)
    return person_id


def permitted(action: str, thing: object | None = None) -> bool:
    """Tell whether the current person may do this; templates use it to show or hide a link."""
    rule = ACTIONS[action]
    return may(rule, current_actor(), subject_of(thing)) if thing is not None else could(rule, current_actor())


def allow(action: str, load: str | None = None) -> Callable[[View], View]:
    """Protect a view: `action` is a row of the access table; `load` names the object of the URL.

    With load="application" the URL has <uuid:application_id> and the view takes `application`.
    """
    rule = ACTIONS[action]

    def protect(view: View) -> View:
        @wraps(view)
        def guarded(**arguments: Any) -> ResponseReturnValue:
            actor = current_actor()
            if not could(rule, actor):
                return _refuse(rule, actor)
            if load is not None:
                thing = LOADERS[load](arguments.pop(f"{load}_id"))
                if thing is None or not may(rule, actor, subject_of(thing)):
                    abort(404)
                arguments[load] = thing
            return view(**arguments)

        guarded.placewell_action = action  # type: ignore[attr-defined]
        guarded.placewell_load = load  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return protect


def takes_bytes(most: int) -> Callable[[View], View]:
    """Let a view take a larger body than the rest of the site; put it below `allow`."""

    def mark(view: View) -> View:
        view.placewell_max_bytes = most  # type: ignore[attr-defined]
        return view

    return mark


def _refuse(rule: Action, actor: Actor) -> ResponseReturnValue:
    if actor.person_id is None:
        if wants_json():
            abort(401)
        return sign_in_first()
    abort(403)


def sign_in_first() -> ResponseReturnValue:
    """Send an anonymous visitor to sign in and back; a form that they had filled is kept on the way."""
    back = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") else request.path
    kept = current_app.extensions["placewell_park"]() if request.method == "POST" else None
    return redirect(url_for("account.sign_in.form", next=kept or back))


def install(app: Flask) -> None:
    """Refuse every route that names no action, and give templates `permitted`."""

    @app.before_request
    def default_deny() -> None:
        if request.endpoint is None or request.endpoint == "static":
            return
        # No address of ours holds a NUL, and no database column can.
        if "\0" in request.path:
            abort(404)
        view = current_app.view_functions[request.endpoint]
        if getattr(view, "placewell_action", None) is None:
            abort(404)
        # Before the CSRF check reads the form: a view for large files says how much it takes.
        largest = getattr(view, "placewell_max_bytes", None)
        if largest is not None:
            request.max_content_length = largest

    app.jinja_env.globals["permitted"] = permitted


def actions_of(app: Flask) -> Mapping[str, tuple[str | None, str | None]]:
    """Return endpoint -> (action, loaded object) for the tests that walk the whole site."""
    return {
        endpoint: (getattr(view, "placewell_action", None), getattr(view, "placewell_load", None))
        for endpoint, view in app.view_functions.items()
    }
