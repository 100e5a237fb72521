"""Erasing what is kept no longer: legal holds, files to remove, and the one door through which history is blanked.

The app's role may not change history. `erase_history` runs as the owner of the tables and does one thing only: it
takes the words and the person out of the history of an application that is marked as erased and is not on hold.
States, events and dates stay.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

APP = "placewell_app"

ERASE = """
CREATE FUNCTION erase_history(erased uuid, nobody uuid) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    owner uuid;
BEGIN
    SELECT person_id INTO owner FROM application WHERE id = erased AND erased_at IS NOT NULL FOR UPDATE;
    IF owner IS NULL THEN
        RAISE EXCEPTION 'this application is not marked as erased';
    END IF;
    IF EXISTS (SELECT FROM legal_hold WHERE application_id = erased AND lifted_at IS NULL) THEN
        RAISE EXCEPTION 'this application is on legal hold';
    END IF;
    DELETE FROM answer_version WHERE answer_id IN (SELECT id FROM answer WHERE application_id = erased);
    UPDATE change SET reason = NULL, details = '{}',
        by_person_id = CASE WHEN by_person_id = owner THEN nobody ELSE by_person_id END
    WHERE application_id = erased;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_legal_hold_reason_given")),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name=op.f("ck_legal_hold_lifting_is_whole"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_legal_hold_application_id_application")
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["person.id"], name=op.f("fk_legal_hold_set_by_id_person")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["person.id"], name=op.f("fk_legal_hold_lifted_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_index(op.f("ix_legal_hold_application_id"), "legal_hold", ["application_id"], unique=False)
    op.create_index(
        "uq_legal_hold_live",
        "legal_hold",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "doomed_file",
        sa.Column("storage_key", sa.String(length=200), nullable=False),
        sa.Column("doomed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("storage_key", name=op.f("pk_doomed_file")),
    )
    op.add_column("application", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("recorded_interview", sa.Column("deletion_asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("recorded_interview", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(ERASE)
    op.execute("REVOKE EXECUTE ON FUNCTION erase_history(uuid, uuid) FROM PUBLIC")
    op.execute(
        f"DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP}')"
        f" THEN GRANT EXECUTE ON FUNCTION erase_history(uuid, uuid) TO {APP}; END IF; END $$"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION erase_history(uuid, uuid)")
    op.drop_column("recorded_interview", "deleted_at")
    op.drop_column("recorded_interview", "deletion_asked_at")
    op.drop_column("application", "erased_at")
    op.drop_table("doomed_file")
    op.drop_table("legal_hold")
