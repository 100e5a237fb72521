"""Rows that are copied arrive as they are, whatever their text holds."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import errors
from sqlalchemy import text

from app.adapters.copying import BLOCK, copy_rows
from app.extensions import db

# PostgreSQL's text holds every character but this one, and no half of a pair.
TEXTS = st.text(st.characters(exclude_characters="\x00", exclude_categories=("Cs",)))


def _table():
    db.session.execute(text("create temporary table copied (place int, said text) on commit drop"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(st.none(), TEXTS, st.sampled_from([r"\N", r"\.", "\\", "a\tb", "a\nb", "a\r\nb", '{"a": "\\""}']))
    )
)
def test_whatever_is_copied_is_read_back(app, said):
    with app.app_context():
        _table()
        copy_rows(db.session(), "copied", ("place", "said"), [(str(place), one) for place, one in enumerate(said)])
        assert db.session.execute(text("select said from copied order by place")).scalars().all() == said
        db.session.rollback()


def test_more_rows_than_one_block(app):
    with app.app_context():
        _table()
        copy_rows(db.session(), "copied", ("place", "said"), ((str(place), "x") for place in range(2 * BLOCK + 1)))
        assert db.session.execute(text("select count(*), max(place) from copied")).one() == (2 * BLOCK + 1, 2 * BLOCK)
        db.session.rollback()


def test_what_the_database_refuses_is_an_error(app):
    with app.app_context():
        _table()
        with pytest.raises(errors.InvalidTextRepresentation):
            copy_rows(db.session(), "copied", ("place", "said"), [("one", "x")])
        db.session.rollback()
