"""Overrides with two people, what-if scenarios, meeting times, and how a placement goes on and ends.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"

APP = "placewell_app"
NEW_STATES = ("placed_elsewhere", "placement_ended")
OLD_STATES = (
    "answers_in_review",
    "booking_due",
    "draft",
    "final_decision",
    "final_interview_booked",
    "in_routing",
    "no_seat",
    "not_approved",
    "not_selected",
    "offer_declined",
    "offer_sent",
    "placed",
    "placement_approved",
    "placement_in_review",
    "reading_decision",
    "recording_decision",
    "recording_due",
    "recording_in_review",
    "resume_in_review",
    "withdrawn",
)
# Where an application stands again when the states of this migration are taken away.
STATE_BEFORE = {"placed_elsewhere": "withdrawn", "placement_ended": "placed"}


def _check(table: str, name: str, rule: str) -> None:
    # Added without a look at the older rows; 0013 looks at them without holding the table.
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID")


def _states(states: tuple[str, ...], unsent: str) -> None:
    # The rule that comes in its place in the same transaction allows more.
    for name in ("state_known", "sent_has_date"):
        op.execute(
            f"-- squawk-ignore ban-drop-constraint\nALTER TABLE application DROP CONSTRAINT ck_application_{name}"
        )
    words = ", ".join(f"'{state}'" for state in sorted(states))
    _check("application", "ck_application_state_known", f"state IN ({words})")
    _check("application", "ck_application_sent_has_date", unsent)


def _column(table: str, name: str, kind: sa.types.TypeEngine, **options: object) -> None:
    op.add_column(table, sa.Column(name, kind, **options))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    _states(
        (*OLD_STATES, *NEW_STATES), "state IN ('draft', 'withdrawn', 'placed_elsewhere') OR submitted_at IS NOT NULL"
    )
    _column("opening", "two_release", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    _scenarios()
    _pins()
    _proposals()
    _meetings()
    _column("offer", "more_time_given", sa.Integer(), nullable=False, server_default=sa.text("0"))
    _check("offer", "ck_offer_more_time_counted", "more_time_given >= 0")
    _placements()


def _scenarios() -> None:
    op.create_table(
        "routing_scenario",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("input_sha256", sa.String(length=64), nullable=False),
        sa.Column("base_sha256", sa.String(length=64), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=Text()), nullable=False),
        sa.ForeignKeyConstraint(["made_by_id"], ["person.id"], name=op.f("fk_routing_scenario_made_by_id_person")),
        sa.ForeignKeyConstraint(["opening_id"], ["opening.id"], name=op.f("fk_routing_scenario_opening_id_opening")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_scenario")),
    )
    op.create_index("ix_routing_scenario_opening", "routing_scenario", ["opening_id", "made_at"], unique=False)
    op.execute(
        f"DO $$ BEGIN IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APP}')"
        f" THEN REVOKE UPDATE, DELETE, TRUNCATE ON routing_scenario FROM {APP}; END IF; END $$"
    )


def _pins() -> None:
    op.create_table(
        "routing_pin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("application_id", sa.Uuid(), nullable=False),
        sa.Column("office_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_because", sa.String(length=16), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_routing_pin_reason_given")),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name=op.f("ck_routing_pin_end_is_whole")),
        sa.CheckConstraint(
            "ended_because IN ('answered', 'left', 'taken_back')", name=op.f("ck_routing_pin_ended_because_known")
        ),
        sa.ForeignKeyConstraint(
            ["application_id"], ["application.id"], name=op.f("fk_routing_pin_application_id_application")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_routing_pin_by_id_person")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["person.id"], name=op.f("fk_routing_pin_ended_by_id_person")),
        sa.ForeignKeyConstraint(["office_id"], ["office.id"], name=op.f("fk_routing_pin_office_id_office")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_pin")),
    )
    op.create_index(op.f("ix_routing_pin_application_id"), "routing_pin", ["application_id"], unique=False)
    op.create_index(
        "uq_routing_pin_live",
        "routing_pin",
        ["application_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )


def _proposals() -> None:
    # Only an override has no rank, and the code that makes overrides comes with this migration.
    op.execute("-- squawk-ignore ban-drop-not-null\nALTER TABLE proposal ALTER COLUMN rank DROP NOT NULL")
    _column("proposal", "pin_id", sa.Uuid(), nullable=True)
    _column("proposal", "asked_release_at", sa.DateTime(timezone=True), nullable=True)
    _column("proposal", "asked_release_by_id", sa.Uuid(), nullable=True)
    op.create_foreign_key(op.f("fk_proposal_pin_id_routing_pin"), "proposal", "routing_pin", ["pin_id"], ["id"])
    op.create_foreign_key(
        op.f("fk_proposal_asked_release_by_id_person"), "proposal", "person", ["asked_release_by_id"], ["id"]
    )
    op.create_index(op.f("ix_proposal_pin_id"), "proposal", ["pin_id"], unique=False)
    _check(
        "proposal",
        "ck_proposal_release_asked_by_somebody",
        "(asked_release_at IS NULL) = (asked_release_by_id IS NULL)",
    )
    _check("proposal", "ck_proposal_released_by_another", "released_by_id <> asked_release_by_id")
    _check(
        "proposal",
        "ck_proposal_override_by_two",
        "pin_id IS NULL OR released_by_id IS NULL OR asked_release_by_id IS NOT NULL",
    )
    _check("proposal", "ck_proposal_only_override_unranked", "rank IS NOT NULL OR pin_id IS NOT NULL")


def _meetings() -> None:
    op.create_table(
        "meeting_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("proposal_id", sa.Uuid(), nullable=False),
        sa.Column("offered_by_side", sa.String(length=12), nullable=False),
        sa.Column("offered_by_id", sa.Uuid(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "offered_by_side IN ('applicant', 'office')", name=op.f("ck_meeting_invitation_offered_by_side_known")
        ),
        sa.CheckConstraint(
            "state IN ('accepted', 'canceled', 'open', 'replaced')", name=op.f("ck_meeting_invitation_state_known")
        ),
        sa.CheckConstraint(
            "format IN ('in_person', 'phone', 'video')", name=op.f("ck_meeting_invitation_format_known")
        ),
        sa.CheckConstraint("minutes BETWEEN 10 AND 240", name=op.f("ck_meeting_invitation_minutes_sensible")),
        sa.CheckConstraint(
            "(answered_at IS NULL) = (answered_by_id IS NULL)", name=op.f("ck_meeting_invitation_answered_by_somebody")
        ),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at IS NULL)", name=op.f("ck_meeting_invitation_answer_ends_it")
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["person.id"], name=op.f("fk_meeting_invitation_answered_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["offered_by_id"], ["person.id"], name=op.f("fk_meeting_invitation_offered_by_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["proposal.id"], name=op.f("fk_meeting_invitation_proposal_id_proposal")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_invitation")),
    )
    op.create_index(op.f("ix_meeting_invitation_proposal_id"), "meeting_invitation", ["proposal_id"], unique=False)
    op.create_index(
        "uq_meeting_invitation_live",
        "meeting_invitation",
        ["proposal_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('open', 'accepted')"),
    )
    op.create_table(
        "meeting_time",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["meeting_invitation.id"], name=op.f("fk_meeting_time_invitation_id_meeting_invitation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_time")),
        sa.UniqueConstraint("invitation_id", "starts_at", name=op.f("uq_meeting_time_invitation_id_starts_at")),
    )
    op.create_index(
        "uq_meeting_time_chosen",
        "meeting_time",
        ["invitation_id"],
        unique=True,
        postgresql_where=sa.text("chosen"),
    )
    _column("meeting", "outcome", sa.String(length=12), nullable=False, server_default="held")
    _check("meeting", "ck_meeting_outcome_known", "outcome IN ('held', 'not_held')")


def _placements() -> None:
    _column("placement", "year2_outcome", sa.String(length=16), nullable=True)
    _column("placement", "ended_by_id", sa.Uuid(), nullable=True)
    _column("placement", "last_day", sa.Date(), nullable=True)
    _column("placement", "end_reason", sa.Text(), nullable=True)
    op.create_foreign_key(op.f("fk_placement_ended_by_id_person"), "placement", "person", ["ended_by_id"], ["id"])
    _check("placement", "ck_placement_year2_outcome_known", "year2_outcome IN ('approved', 'not_approved')")
    _check(
        "placement",
        "ck_placement_year2_decision_is_whole",
        "(year2_outcome IS NULL) = (year2_approved_at IS NULL)"
        " AND (year2_outcome IS NULL) = (year2_approved_by_id IS NULL)"
        " AND (year2_outcome IS NULL) = (year2_reason IS NULL)",
    )
    _check(
        "placement",
        "ck_placement_end_is_whole",
        "(ended_at IS NULL) = (ended_by_id IS NULL) AND (ended_at IS NULL) = (last_day IS NULL)"
        " AND (ended_at IS NULL) = (end_reason IS NULL)",
    )


def downgrade() -> None:
    for name in ("end_is_whole", "year2_decision_is_whole", "year2_outcome_known"):
        op.drop_constraint(op.f(f"ck_placement_{name}"), "placement", type_="check")
    for name in ("end_reason", "last_day", "ended_by_id", "year2_outcome"):
        op.drop_column("placement", name)
    op.drop_column("offer", "more_time_given")
    op.drop_column("meeting", "outcome")
    op.drop_table("meeting_time")
    op.drop_table("meeting_invitation")
    for name in ("only_override_unranked", "override_by_two", "released_by_another", "release_asked_by_somebody"):
        op.drop_constraint(op.f(f"ck_proposal_{name}"), "proposal", type_="check")
    for name in ("asked_release_by_id", "asked_release_at", "pin_id"):
        op.drop_column("proposal", name)
    # An office that was not ranked counts as the last choice in the older form.
    op.execute("UPDATE proposal SET rank = 99 WHERE rank IS NULL")
    op.alter_column("proposal", "rank", existing_type=sa.Integer(), nullable=False)
    op.drop_table("routing_pin")
    op.drop_table("routing_scenario")
    op.drop_column("opening", "two_release")
    for state, before in STATE_BEFORE.items():
        op.execute(f"UPDATE application SET state = '{before}' WHERE state = '{state}'")
    _states(OLD_STATES, "state = 'draft' OR state = 'withdrawn' OR submitted_at IS NOT NULL")
    for name in ("state_known", "sent_has_date"):
        op.execute(f"ALTER TABLE application VALIDATE CONSTRAINT ck_application_{name}")
