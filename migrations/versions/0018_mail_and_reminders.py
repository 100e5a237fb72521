"""Addresses that get no mail, reminders as data, and when an application is next looked at for a reminder.

`remind_at` is only a note of when to look: whatever changes what somebody waits for sets it to the epoch ("look at
once", by triggers, so that no way of changing it is forgotten), and the sweep writes the next moment. Older rows, and
those that an older program adds, begin at the epoch by the column's default, which rewrites no row.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

AT_ONCE = "'1970-01-01 00:00:00+00'::timestamptz"
# table -> (what changes a wait, how to find the application of a row)
ANCHORS = {
    "recorded_interview": ("due_at, submitted_at", "NEW.application_id"),
    "booking": ("slot_id, cancelled_at", "NEW.application_id"),
    "offer": ("sent_at, answer_by, answer", "NEW.application_id"),
    "proposal": ("state, released_at", "NEW.application_id"),
    "meeting_invitation": (
        "state, answered_at",
        "(SELECT application_id FROM proposal WHERE id = NEW.proposal_id)",
    ),
}


def upgrade() -> None:
    op.create_table(
        "mail_suppression",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("cause", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lift_reason", sa.Text(), nullable=True),
        sa.CheckConstraint("cause IN ('bounced', 'staff')", name=op.f("ck_mail_suppression_cause_known")),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_mail_suppression_email_lower")),
        sa.CheckConstraint(
            "(cause = 'staff') = (added_by_id IS NOT NULL)", name=op.f("ck_mail_suppression_staff_has_person")
        ),
        sa.CheckConstraint(
            "(lifted_at IS NULL) = (lifted_by_id IS NULL) AND (lifted_at IS NULL) = (lift_reason IS NULL)",
            name=op.f("ck_mail_suppression_lifting_is_whole"),
        ),
        sa.ForeignKeyConstraint(["added_by_id"], ["person.id"], name=op.f("fk_mail_suppression_added_by_id_person")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["person.id"], name=op.f("fk_mail_suppression_lifted_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_suppression")),
    )
    op.create_index(
        "uq_mail_suppression_live",
        "mail_suppression",
        ["email"],
        unique=True,
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "reminder_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("waits_for", sa.String(length=40), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("recipient", sa.String(length=12), nullable=False),
        sa.Column("to_deadline", sa.Boolean(), nullable=False),
        sa.Column("from_hours", sa.Integer(), nullable=False),
        sa.Column("until_hours", sa.Integer(), nullable=False),
        sa.Column("every_hours", sa.Integer(), nullable=True),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("in_force_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "recipient IN ('applicant', 'interviewer', 'managers', 'reader', 'supervisors')",
            name=op.f("ck_reminder_rule_recipient_known"),
        ),
        sa.CheckConstraint("until_hours > from_hours", name=op.f("ck_reminder_rule_ends_after_start")),
        sa.CheckConstraint("every_hours IS NULL OR every_hours >= 1", name=op.f("ck_reminder_rule_every_positive")),
        sa.ForeignKeyConstraint(["opening_id"], ["opening.id"], name=op.f("fk_reminder_rule_opening_id_opening")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_reminder_rule_changed_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_rule")),
        sa.UniqueConstraint(
            "opening_id",
            "waits_for",
            "step",
            "recipient",
            name=op.f("uq_reminder_rule_opening_id_waits_for_step_recipient"),
        ),
    )
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column("notice", sa.Column("address_refused", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("notice", sa.Column("held_for", sa.String(length=8), nullable=True))
    op.add_column("notice", sa.Column("digest_id", sa.Uuid(), nullable=True))
    op.create_index(
        "ix_notice_address_refused",
        "notice",
        ["recipient_email"],
        unique=False,
        postgresql_where=sa.text("address_refused"),
    )
    op.create_index(
        "ix_notice_urgent",
        "notice",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending' AND urgent"),
    )
    for table in ("reading_assignment", "recording_review"):
        op.create_index(
            f"ix_{table}_due_open", table, ["due_at"], unique=False, postgresql_where=sa.text("state = 'open'")
        )
    op.add_column(
        "application",
        sa.Column("remind_at", sa.DateTime(timezone=True), server_default=sa.text(AT_ONCE), nullable=True),
    )
    op.create_index(
        "ix_application_remind",
        "application",
        ["remind_at"],
        unique=False,
        postgresql_where=sa.text("remind_at IS NOT NULL"),
    )
    op.execute(
        "CREATE FUNCTION remind_of_own_wait() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN NEW.remind_at := {AT_ONCE}; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER remind_of_own_wait BEFORE UPDATE OF state, state_since ON application FOR EACH ROW"
        " WHEN (OLD.state IS DISTINCT FROM NEW.state OR OLD.state_since IS DISTINCT FROM NEW.state_since)"
        " EXECUTE FUNCTION remind_of_own_wait()"
    )
    for table, (columns, application) in ANCHORS.items():
        op.execute(
            f"CREATE FUNCTION remind_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" UPDATE application SET remind_at = {AT_ONCE} WHERE id = {application}"
            f" AND remind_at IS DISTINCT FROM {AT_ONCE}; RETURN NULL; END $$"
        )
        # What routing proposes, in thousands of rows, nobody waits for yet.
        only = " WHEN (NEW.released_at IS NOT NULL)" if table == "proposal" else ""
        op.execute(
            f"CREATE TRIGGER remind_of_{table} AFTER INSERT OR UPDATE OF {columns} ON {table} FOR EACH ROW{only}"
            f" EXECUTE FUNCTION remind_of_{table}()"
        )


def downgrade() -> None:
    for table in ANCHORS:
        op.execute(f"DROP TRIGGER remind_of_{table} ON {table}")
        op.execute(f"DROP FUNCTION remind_of_{table}()")
    op.execute("DROP TRIGGER remind_of_own_wait ON application")
    op.execute("DROP FUNCTION remind_of_own_wait()")
    op.drop_index("ix_application_remind", table_name="application")
    op.drop_column("application", "remind_at")
    for table in ("reading_assignment", "recording_review"):
        op.drop_index(f"ix_{table}_due_open", table_name=table)
    op.drop_index("ix_notice_urgent", table_name="notice")
    op.drop_index("ix_notice_address_refused", table_name="notice")
    for column in ("digest_id", "held_for", "address_refused"):
        op.drop_column("notice", column)
    op.drop_table("reminder_rule")
    op.drop_table("mail_suppression")
