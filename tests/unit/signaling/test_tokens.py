import time

import jwt
import pytest

from rooms.ids import ActId, SeatId
from signaling.errors import Refused
from signaling.keys import BadKey
from signaling.tokens import ApiToken, Content, Entry, Invitation, SignIn, Ticket, Tokens

KEY = bytes(range(32))
INVITATION = Invitation(act="a1", seat="s1", serial=3)
KINDS: tuple[Content, ...] = (
    INVITATION,
    Ticket(act="a1", seat="s1", serial=None),
    ApiToken(role="admin", subject="cli"),
    SignIn(person="p1"),
)


@pytest.mark.parametrize("content", KINDS, ids=lambda content: content.kind)
def test_a_token_reads_as_it_was_minted(content: Content) -> None:
    tokens = Tokens(KEY)
    assert tokens.read(tokens.mint(content, time.time(), 60), type(content)) == content


@pytest.mark.parametrize("minted", KINDS, ids=lambda content: content.kind)
@pytest.mark.parametrize("wanted", KINDS, ids=lambda content: content.kind)
def test_no_kind_stands_in_for_another(minted: Content, wanted: Content) -> None:
    tokens = Tokens(KEY)
    token = tokens.mint(minted, time.time(), 60)
    if minted is wanted:
        return
    with pytest.raises(Refused, match="token-invalid"):
        tokens.read(token, type(wanted))


def test_an_invitation_and_a_ticket_open_a_seat_and_nothing_else_does() -> None:
    tokens, now = Tokens(KEY), time.time()
    assert tokens.read_entry(tokens.mint(INVITATION, now, 60)) == Entry(ActId("a1"), SeatId("s1"), 3)
    assert tokens.read_entry(tokens.mint(Ticket(act="a1", seat="s1"), now, 60)).serial is None
    for content in KINDS[2:]:
        with pytest.raises(Refused):
            tokens.read_entry(tokens.mint(content, now, 60))


def test_a_token_dies_at_its_time() -> None:
    tokens = Tokens(KEY)
    with pytest.raises(Refused, match="token-expired"):
        tokens.read(tokens.mint(INVITATION, time.time() - 120, 60), Invitation)


def test_two_tokens_of_the_same_content_have_different_numbers() -> None:
    tokens, now = Tokens(KEY), time.time()
    first, second = (tokens.read_signed(tokens.mint(SignIn("p"), now, 60), SignIn)[1].jti for _ in range(2))
    assert first != second


def test_a_short_key_mints_nothing() -> None:
    with pytest.raises(BadKey):
        Tokens(KEY[:31])


def test_a_key_of_another_server_opens_nothing() -> None:
    token = Tokens(KEY[::-1]).mint(INVITATION, time.time(), 60)
    with pytest.raises(Refused, match="token-invalid"):
        Tokens(KEY).read(token, Invitation)


def test_the_payload_holds_no_name() -> None:
    claims = jwt.decode(Tokens(KEY).mint(INVITATION, time.time(), 60), options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "iat", "exp", "jti", "act", "seat", "serial"}
