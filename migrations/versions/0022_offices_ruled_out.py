"""What the form of the ranks said of every office without a rank: "Would not work here". Now it is written down.

Until now "not ranked" and "would not work here" were one choice, and neither left a row. A person is held to nothing
that they did not read: whoever ranked anything under the old form is never sent to an office that they left out.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    # An office that an override or a proposal already names stays as it is: the two are talking about it.
    op.execute("""
        INSERT INTO office_choice (id, application_id, office_id, rank, not_here)
        SELECT gen_random_uuid(), a.id, o.office_id, NULL, false
        FROM application a JOIN opening_office o ON o.opening_id = a.opening_id AND o.is_open
        WHERE a.state NOT IN ('placed', 'withdrawn', 'offer_declined', 'not_selected', 'not_approved', 'no_seat',
                'placed_elsewhere', 'placement_ended')
            AND EXISTS (SELECT FROM office_choice c WHERE c.application_id = a.id AND c.rank IS NOT NULL)
            AND NOT EXISTS (SELECT FROM office_choice c WHERE c.application_id = a.id AND c.office_id = o.office_id)
            AND NOT EXISTS (SELECT FROM routing_pin n WHERE n.application_id = a.id AND n.office_id = o.office_id)
            AND NOT EXISTS (SELECT FROM proposal p WHERE p.application_id = a.id AND p.office_id = o.office_id)
        """)


def downgrade() -> None:
    # The older form reads an office without a row as "Would not work here".
    op.execute("DELETE FROM office_choice WHERE rank IS NULL AND NOT not_here")
