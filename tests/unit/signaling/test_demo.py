"""The demonstration: a call that any browser of this machine reaches, with data of its own."""

import ipaddress
from pathlib import Path

import pytest

from signaling.config import MediaSettings, Settings, is_wildcard
from signaling.demo import apart, own_address, reachable


def test_media_are_reached_by_the_machines_own_address_first_and_by_loopback_too() -> None:
    media = reachable(MediaSettings(port=9_000), "198.51.100.7")
    assert (is_wildcard(media.host), media.port) == (True, 9_000)
    assert media.candidates == (("198.51.100.7", 0), ("127.0.0.1", 0))


def test_a_machine_without_a_network_keeps_to_loopback() -> None:
    assert reachable(MediaSettings(), None) == MediaSettings()


@pytest.mark.parametrize(
    "chosen", [MediaSettings(host="192.0.2.7"), MediaSettings(advertise="192.0.2.7"), MediaSettings(host="::1")]
)
def test_what_somebody_chose_stays(chosen: MediaSettings) -> None:
    assert reachable(chosen, "198.51.100.7") == chosen


def test_the_own_address_is_one_that_others_could_send_to() -> None:
    own = own_address()
    assert own is None or not ipaddress.ip_address(own).is_loopback


def test_fictitious_people_lie_in_a_folder_of_their_own(tmp_path: Path) -> None:
    assert apart(Settings(folder=tmp_path)).data_dir == tmp_path / "data" / "demo"
