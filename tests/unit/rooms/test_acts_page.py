"""docs/acts.md shows the tables as they are in the code."""

from rooms.views import Urgency
from tests.support.acts_page import PAGE, drawn, picture, rights, steps


def test_the_page_equals_the_tables() -> None:
    page = PAGE.read_text()
    assert drawn(page) == page, "draw it anew: python -m tests.support.acts_page"


def test_the_page_has_every_picture_and_table() -> None:
    page = PAGE.read_text()
    for urgency in Urgency:
        assert picture(urgency) in page
        assert steps(urgency) in page
    assert rights() in page
