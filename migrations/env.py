"""Alembic's environment: migrations run as the owner of the tables, never as the app's role."""

from __future__ import annotations

from alembic import context
from flask import current_app
from sqlalchemy import create_engine, pool

from app import models  # noqa: F401  (registers every table)
from app.extensions import Base
from config import NO_DATABASE, SettingsError

config = context.config


def _url() -> str:
    url: str = current_app.config["DATABASE_OWNER_URL"]
    if not url:
        raise SettingsError(NO_DATABASE)
    return url


def run_offline() -> None:
    context.configure(url=_url(), target_metadata=Base.metadata, literal_binds=True, compare_type=True)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    engine = create_engine(_url(), poolclass=pool.NullPool, connect_args={"options": "-c lock_timeout=5s"})
    with engine.connect() as connection:
        # Each migration by itself: what one adds unvalidated, the next validates without holding the table.
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
