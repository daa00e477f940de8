"""Which numbers of one source have been taken already: a sliding window (RFC 3711 §3.3.2)."""

REPLAY_WINDOW = 2_048  # packets; a network that reorders by 1,024 is not an attacker
_ALL = (1 << REPLAY_WINDOW) - 1


class Window:
    """Bit i of `_taken` stands for the number i below the highest one."""

    __slots__ = ("_highest", "_taken")

    def __init__(self) -> None:
        self._highest, self._taken = -1, 0

    def is_new(self, number: int) -> bool:
        """Whether `number` has not been taken, as far as the window reaches; what lies farther back counts as taken."""
        back = self._highest - number
        return back < 0 or (back < REPLAY_WINDOW and not self._taken >> back & 1)

    def take(self, number: int) -> None:
        """Marks a number that is new."""
        ahead = number - self._highest
        if ahead <= 0:
            self._taken |= 1 << -ahead
        else:
            self._taken = 1 | (self._taken << ahead & _ALL if ahead < REPLAY_WINDOW else 0)
            self._highest = number
