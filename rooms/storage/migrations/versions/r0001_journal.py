"""The journal, its erasable texts, and the cards by which acts are found."""

import sqlalchemy as sa
from alembic import op

revision = "rooms_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal",
        sa.Column("act", sa.String(64), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("by", sa.String(160), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.create_table(
        "journal_text",
        sa.Column("text", sa.String(64), primary_key=True),
        sa.Column("act", sa.String(64), nullable=False, index=True),
        sa.Column("salt", sa.String(64), nullable=False),
        sa.Column("value", sa.Text, nullable=False),
    )
    op.create_table(
        "act_card",
        sa.Column("act", sa.String(64), primary_key=True),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("serial", sa.Integer, nullable=False),
        sa.Column("state", sa.String(32), nullable=False, index=True),
        sa.Column("moment", sa.Double, nullable=False, index=True),
        sa.Column("requesting", sa.String(64), index=True),
        sa.Column("expert", sa.String(64), index=True),
        sa.UniqueConstraint("year", "serial"),
    )
    op.create_table(
        "act_person",
        sa.Column("act", sa.String(64), primary_key=True),
        sa.Column("person", sa.String(64), primary_key=True, index=True),
    )


def downgrade() -> None:
    for table in ("act_person", "act_card", "journal_text", "journal"):
        op.drop_table(table)
