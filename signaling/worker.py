"""Composition root of a media worker process: `python -m signaling.worker --channel-fd N [--tap-fd M]`."""

from media import worker
from signaling import inherited


def main() -> None:
    given = inherited.take("signaling.worker", "Forwards packets for the server that starts it.")
    worker.run(given.channel, given.taps[0] if given.taps else None, given.trace)


if __name__ == "__main__":
    main()
