"""The shared parts that need an app to work, and `transaction()`: the one commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from flask import Flask
from flask_babel import Babel
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect
from sqlalchemy import MetaData
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session


class Base(DeclarativeBase):
    """The base of every table; constraints are named so that migrations can speak of them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Database(SQLAlchemy):
    """The database, of which a request or a task can also take leave when it has just gone away."""

    def init_app(self, app: Flask) -> None:
        """Prepare for an app."""
        super().init_app(app)
        # What is registered last comes first: the library's own leave-taking then finds nothing to do.
        app.teardown_appcontext(lambda _fault: self._take_leave())

    def _take_leave(self) -> None:
        """End the session. What was committed stands and the answer is made: a lost connection changes neither."""
        try:
            self.session.remove()
        except DBAPIError:
            with suppress(DBAPIError):
                self.session().invalidate()
            self.session.registry.clear()


db = Database(model_class=Base)
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
babel = Babel()


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what happens inside, or nothing of it. Views and tasks use it; services never commit."""
    session = db.session()
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
