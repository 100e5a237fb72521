"""What the app's own database role may do: read and write, but never rewrite what is history.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"

APP = "placewell_app"
# Facts that happened: added and read, never changed.
APPEND_ONLY = ("change", "audit_event", "routing_run", "answer_version")


def _if_role(statement: str) -> str:
    # One's own server may run everything as a single role; then there is nobody to grant to.
    return f"DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP}') THEN {statement} END IF; END $$"


def upgrade() -> None:
    op.execute(_if_role(f"GRANT USAGE ON SCHEMA public TO {APP};"))
    op.execute(_if_role(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APP};"))
    op.execute(_if_role(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP};"))
    op.execute(
        _if_role(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP};")
    )
    op.execute(_if_role(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {APP};"))
    for table in APPEND_ONLY:
        op.execute(_if_role(f'REVOKE UPDATE, DELETE, TRUNCATE ON "{table}" FROM {APP};'))


def downgrade() -> None:
    op.execute(_if_role(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM {APP};"))
    op.execute(_if_role(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM {APP};"))
    op.execute(_if_role(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {APP};"))
    op.execute(_if_role(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {APP};"))
    op.execute(_if_role(f"REVOKE USAGE ON SCHEMA public FROM {APP};"))
