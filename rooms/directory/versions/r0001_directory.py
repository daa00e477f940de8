"""Establishments and the persons who work there."""

import sqlalchemy as sa
from alembic import op

revision = "directory_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "establishment",
        sa.Column("establishment", sa.String(64), primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
    )
    op.create_table(
        "person",
        sa.Column("person", sa.String(64), primary_key=True),
        sa.Column("establishment", sa.String(64), sa.ForeignKey("establishment.establishment"), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("role", sa.String(32)),
    )


def downgrade() -> None:
    op.drop_table("person")
    op.drop_table("establishment")
