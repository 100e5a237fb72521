"""An invitation to a role is a row of its own: the role begins when it is accepted.

Roles that were given before stay as they are, accepted or not.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

ROLES = "'admin', 'coordinator', 'director', 'interviewer', 'manager', 'reader', 'reading_lead', 'supervisor'"


def upgrade() -> None:
    op.create_table(
        "role_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("region_id", sa.Uuid(), nullable=True),
        sa.Column("office_id", sa.Uuid(), nullable=True),
        sa.Column("invited_by_id", sa.Uuid(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(f"role IN ({ROLES})", name=op.f("ck_role_invitation_role_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_invitation_person_id_person")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organization.id"], name=op.f("fk_role_invitation_organization_id_organization")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_role_invitation_region_id_region")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_role_invitation_office_id_office")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["person.id"], name=op.f("fk_role_invitation_invited_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_invitation")),
    )
    op.create_index(
        "uq_role_invitation_open",
        "role_invitation",
        ["person_id", "role", sa.text("coalesce(region_id, office_id, organization_id)")],
        unique=True,
        postgresql_where=sa.text("accepted_at IS NULL AND ended_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("role_invitation")
