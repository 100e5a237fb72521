"""create_app(): the only place where the parts meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app.adapters.clock import now
from app.adapters.connections import POOL_EVENTS
from app.adapters.logs import configure_logs
from app.cli import install_commands, looks_up_a_command
from app.extensions import babel, csrf, db, login, migrate
from app.queries.people import person_for_session
from app.web import (
    account,
    applicant,
    defender,
    demo,
    errors,
    guard,
    headers,
    manage,
    parking,
    public,
    request_log,
    sessions,
    shell,
    staff,
)
from app.web.clean_request import CleanRequest
from config import NO_DATABASE, ROOT, SettingsError, settings

__all__ = ["create_app", "SettingsError"]

ENGINE_OPTIONS: dict[str, Any] = {
    "pool_events": POOL_EVENTS,
    # What was typed stands in parameters; an error's text must not carry it into a log.
    "hide_parameters": True,
    "pool_size": 5,
    "max_overflow": 5,
    "connect_args": {
        "connect_timeout": 5,
        "options": "-c timezone=UTC -c lock_timeout=5s -c statement_timeout=30s",
    },
}


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Build the application from the environment; `config` goes before it (tests and tools)."""
    app = Flask("app", root_path=str(ROOT / "app"), template_folder=str(ROOT / "templates"))
    app.request_class = CleanRequest
    app.config.from_mapping(settings())
    app.config.from_mapping(config or {})
    app.config["SQLALCHEMY_DATABASE_URI"] = app.config["DATABASE_URL"]
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = ENGINE_OPTIONS | app.config.get("SQLALCHEMY_ENGINE_OPTIONS", {})
    if not app.config["DATABASE_URL"]:
        if not looks_up_a_command():
            raise SettingsError(NO_DATABASE)
        # `flask routing solve` works on a file alone; a command that asks the database gets the error then.
        app.config["SQLALCHEMY_DATABASE_URI"] = "postgresql+psycopg://"
        app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"creator": _refuse_to_connect}
    if app.config["PROXY_HOPS"]:
        hops = app.config["PROXY_HOPS"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]

    configure_logs(app.config["LOG_FORMAT"], app.config["LOG_LEVEL"])
    request_log.install(app)
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    login.init_app(app)
    login.user_loader(person_for_session)
    # The guard decides who may pass; Flask-Login only tells who it is.
    login.session_protection = None
    sessions.install(app)
    guard.install(app)
    headers.install(app)
    shell.install(app, now)
    babel.init_app(app, locale_selector=shell.chosen_language)
    csrf.init_app(app)
    parking.install(app)
    errors.install(app)

    for audience in (public, account, applicant, staff, defender, manage):
        app.register_blueprint(audience.blueprint)
    if app.config["DEMO"]:
        app.register_blueprint(demo.blueprint)
    install_commands(app)
    return app


def _refuse_to_connect() -> NoReturn:
    raise SettingsError(NO_DATABASE)
