"""The office's own pages: contacts, another number of seats, a colleague who decides while somebody is away.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

ONE_GRANT = ["person_id", "role", sa.text("coalesce(region_id, office_id, organization_id)")]


def upgrade() -> None:
    _office()
    _delegation()
    op.create_table(
        "seat_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('granted', 'open', 'refused', 'taken_back')", name=op.f("ck_seat_request_state_known")
        ),
        sa.CheckConstraint("seats BETWEEN 0 AND 999", name=op.f("ck_seat_request_seats_range")),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name=op.f("ck_seat_request_answer_has_date")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_seat_request_answered_by_somebody")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["seat_pool.id"], name=op.f("fk_seat_request_pool_id_seat_pool")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_seat_request_office_id_office")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_seat_request_asked_by_id_person")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_seat_request_answered_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat_request")),
    )
    op.create_index(op.f("ix_seat_request_pool_id"), "seat_request", ["pool_id"], unique=False)
    op.create_index(
        "uq_seat_request_open",
        "seat_request",
        ["pool_id", "office_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def _office() -> None:
    op.add_column("office", sa.Column("contact_name", sa.Text(), nullable=True))
    op.add_column("office", sa.Column("contact_phone", sa.String(length=32), nullable=True))
    op.add_column("office", sa.Column("contact_email", sa.String(length=254), nullable=True))
    op.add_column("office", sa.Column("hours", sa.Text(), nullable=True))
    op.add_column("office", sa.Column("directions", sa.Text(), nullable=True))
    op.add_column("office", sa.Column("meeting_text", sa.Text(), nullable=True))
    # An amount where nobody is eligible says nothing; an amount without a yes or no means yes.
    op.execute("UPDATE office SET spanish_increase_hourly = NULL WHERE NOT spanish_increase")
    op.execute("UPDATE office SET spanish_increase_hourly = NULL WHERE spanish_increase_hourly <= 0")
    op.execute("UPDATE office SET spanish_increase = true WHERE spanish_increase_hourly IS NOT NULL")
    op.create_check_constraint(
        op.f("ck_office_increase_where_eligible"),
        "office",
        "spanish_increase_hourly IS NULL OR (coalesce(spanish_increase, false) AND spanish_increase_hourly > 0)",
    )
    op.create_check_constraint(op.f("ck_office_contact_email_lower"), "office", "contact_email = lower(contact_email)")


def _delegation() -> None:
    op.add_column("role_grant", sa.Column("delegated_by_id", sa.Uuid(), nullable=True))
    op.add_column("role_grant", sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("role_grant", sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
    op.create_foreign_key(
        op.f("fk_role_grant_delegated_by_id_person"), "role_grant", "person", ["delegated_by_id"], ["id"]
    )
    for name, rule in (
        ("delegation_has_period", "num_nonnulls(delegated_by_id, starts_at, ends_at) IN (0, 3)"),
        ("supervisors_delegate", "delegated_by_id IS NULL OR role = 'supervisor'"),
        ("delegate_is_another", "delegated_by_id <> person_id"),
        ("ends_after_start", "ends_at > starts_at"),
    ):
        op.create_check_constraint(op.f(f"ck_role_grant_{name}"), "role_grant", rule)
    # As many rows as people have roles: a moment, and the unique rule may not lapse in between.
    op.execute("-- squawk-ignore require-concurrent-index-deletion\nDROP INDEX uq_role_grant_active")
    op.create_index(
        "uq_role_grant_active",
        "role_grant",
        ONE_GRANT,
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL AND delegated_by_id IS NULL"),
    )
    op.create_index(
        "uq_role_grant_delegated",
        "role_grant",
        ["delegated_by_id", "person_id", "office_id"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL AND delegated_by_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("seat_request")
    # Without its period a delegation would hold for ever: it ends here.
    op.execute("UPDATE role_grant SET revoked_at = granted_at WHERE delegated_by_id IS NOT NULL AND revoked_at IS NULL")
    op.drop_index("uq_role_grant_delegated", table_name="role_grant")
    op.drop_index("uq_role_grant_active", table_name="role_grant")
    op.create_index(
        "uq_role_grant_active",
        "role_grant",
        ONE_GRANT,
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    # Their CHECKs go with the columns.
    for column in ("delegated_by_id", "starts_at", "ends_at"):
        op.drop_column("role_grant", column)
    op.drop_constraint(op.f("ck_office_increase_where_eligible"), "office", type_="check")
    for column in ("contact_name", "contact_phone", "contact_email", "hours", "directions", "meeting_text"):
        op.drop_column("office", column)
