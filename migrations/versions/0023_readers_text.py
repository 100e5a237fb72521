"""What readers see of an answer from which a manager took a passage that tells who wrote it.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '2s'")
    op.add_column("answer", sa.Column("readers_text", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("answer", "readers_text")
