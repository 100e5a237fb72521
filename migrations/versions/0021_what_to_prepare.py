"""What a granted adjustment asks of those who meet the person: the instruction, never the reason.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.add_column("help_request", sa.Column("prepare", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("help_request", "prepare")
