"""A run keeps its input and its result packed: parsing them as JSON was half the time of a large run.

Runs from before stay as they are; a run is never rewritten.

Revision ID: 0014
Revises: 0013
"""

import json
import zlib

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"

RULES = (("instance_kept", "instance"), ("result_kept", "result"))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    for _, column in RULES:
        op.add_column("routing_run", sa.Column(f"packed_{column}", sa.LargeBinary(), nullable=True))
        # Packed already: PostgreSQL need not try.
        op.execute(f"ALTER TABLE routing_run ALTER COLUMN packed_{column} SET STORAGE EXTERNAL")
        # A web of before that is still there cannot show the runs of these minutes; it reads everything else.
        lint = "-- squawk-ignore ban-drop-not-null"
        op.execute(f"{lint}\nALTER TABLE routing_run ALTER COLUMN {column} DROP NOT NULL")
    for name, column in RULES:
        rule = f"({column} IS NULL) <> (packed_{column} IS NULL)"
        op.execute(f"ALTER TABLE routing_run ADD CONSTRAINT ck_routing_run_{name} CHECK ({rule}) NOT VALID")


def downgrade() -> None:
    run = sa.table(
        "routing_run",
        sa.column("id", sa.Uuid()),
        sa.column("instance", sa.Text()),
        sa.column("result", postgresql.JSONB()),
        sa.column("packed_instance", sa.LargeBinary()),
        sa.column("packed_result", sa.LargeBinary()),
    )
    for name, _ in RULES:
        op.drop_constraint(op.f(f"ck_routing_run_{name}"), "routing_run")
    connection = op.get_bind()
    for key in connection.scalars(sa.select(run.c.id).where(run.c.packed_instance.is_not(None))).all():
        row = connection.execute(sa.select(run).where(run.c.id == key)).one()
        connection.execute(
            sa.update(run)
            .where(run.c.id == key)
            .values(
                instance=zlib.decompress(row.packed_instance).decode(),
                result=json.loads(zlib.decompress(row.packed_result)),
            )
        )
    for _, column in RULES:
        op.alter_column("routing_run", column, nullable=False)
        op.drop_column("routing_run", f"packed_{column}")
