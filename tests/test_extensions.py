"""A connection that is lost at the very end of a request or a task."""

from sqlalchemy import text

from app.extensions import db, transaction


def test_a_connection_lost_after_the_work_is_no_fault_of_it(app, database):
    with app.app_context():
        with transaction() as session:
            session.execute(text("create temporary table kept (place int)"))
        lost = db.session.scalar(text("select pg_backend_pid()"))
        with database.admin() as admin:
            admin.execute("select pg_terminate_backend(%s, 5000)", [lost])
        pool = db.engine.pool
    # The context has ended without an error, and the lost connection is not kept for somebody else.
    assert pool.checkedout() == 0
    with app.app_context():
        assert db.session.scalar(text("select pg_backend_pid()")) != lost
