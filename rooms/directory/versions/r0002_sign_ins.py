"""Who is signed in, and which sign-in links were used."""

import sqlalchemy as sa
from alembic import op

revision = "directory_0002"
down_revision = "directory_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sign_in",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), sa.ForeignKey("person.person"), nullable=False),
        sa.Column("until", sa.Double, nullable=False),
    )
    op.create_table(
        "sign_in_spent",
        sa.Column("number", sa.String(64), primary_key=True),
        sa.Column("until", sa.Double, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("sign_in_spent")
    op.drop_table("sign_in")
