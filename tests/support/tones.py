"""A tone per person, and who is heard in decoded sound."""

import numpy as np
from numpy.typing import NDArray

LOWEST_HZ, STEP_HZ = 500, 200  # no tone is twice another's neighbour, and Opus keeps all of them
LOUD = 0.02  # amplitude from which a tone counts; people.js sends 0.2


def tone_of(person: int) -> int:
    """Hz"""
    return LOWEST_HZ + STEP_HZ * person


def heard(samples: NDArray[np.float32], rate_hz: int, people: int = 16) -> set[int]:
    """Who is heard in mono samples (-1..1), at least 20 ms of them: one bin of a Fourier transform per person."""
    times = np.arange(len(samples)) / rate_hz
    window = np.hanning(len(samples))
    spectrum = [
        abs(np.sum(samples * window * np.exp(-2j * np.pi * tone_of(person) * times))) * 2 / window.sum()
        for person in range(people)
    ]
    return {person for person, level in enumerate(spectrum) if level > LOUD}
