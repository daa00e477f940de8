import os
from pathlib import Path

import msgspec
import pytest

from signaling.config import ConfigError, Section, Settings, load, parse

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = ROOT / "config.toml"
SECTIONS = ("signaling", "media", "turn", "rooms", "recordings")


def written() -> dict[str, dict[str, object]]:
    sections: dict[str, dict[str, object]] = msgspec.toml.decode(SHIPPED.read_text())
    return sections


def test_the_shipped_file_holds_every_setting_with_its_default() -> None:
    defaults = Settings()
    for name in SECTIONS:
        section: Section = getattr(defaults, name)
        assert written()[name] == msgspec.json.decode(msgspec.json.encode(section))
    assert set(written()) == set(SECTIONS)


def test_the_shipped_file_says_a_reason_before_each_group_of_settings() -> None:
    lines = SHIPPED.read_text().splitlines()
    for number, line in enumerate(lines):
        if line.startswith("["):
            assert lines[number + 1].startswith("#"), line


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[signaling]\nprot = 1", "signaling.prot"),
        ("[telephony]\nx = 1", "telephony"),
        ('[signaling]\nport = "80"', "signaling.port"),
        ("[media]\nport = 70000", "media.port"),
        ("[media]\nworkers = -1", "media.workers"),
        ("[media]\nport = 65535\nworkers = 2", "media.workers"),
        ('[media]\nadvertise = ["relay.example"]', "media.advertise"),
        ('[media]\nadvertise = ["192.0.2.7", "0.0.0.0"]', "media.advertise"),
        ('[media]\nadvertise = "192.0.2.7:99999"', "media.advertise"),
        ('[media]\nadvertise = "192.0.2.7:0"', "media.advertise"),
        ('[media]\nadvertise = "192.0.2.7:65535"\nworkers = 2', "media.advertise"),
        ('[media]\nadvertise = "fe80::1%eth0"', "media.advertise"),
        ('[media]\nhost = "0.0.0.0"\nadvertise = "2001:db8::7"', "media.advertise"),
        ('[media]\nhost = "2001:db8::1"\nadvertise = "192.0.2.7"', "media.advertise"),
        ('[media]\nhost = "0.0.0.0"', "media.advertise"),
        ('[media]\ntcp = "yes"', "media.tcp"),
        ('[media]\nplane = "fast"', "media.plane"),
        ('[signaling]\nhost = "0.0.0.0"', "signaling.public_url"),
        ('[signaling]\npublic_url = "visite.example"', "signaling.public_url"),
        ('[signaling]\ntls_key = "key.pem"', "signaling.tls_certificate"),
        ('[signaling]\ntls_certificate = "cert.pem"', "signaling.tls_key"),
        ('[signaling]\nlog_level = "loud"', "signaling.log_level"),
        ("[signaling]\nsign_in_hours = -1", "signaling.sign_in_hours"),
        ('[turn]\nurls = ["turn:turn.example"]', "turn.secret"),
        ('[turn]\nsecret = "turn.key"', "turn.urls"),
        ('[turn]\nurls = ["https://turn.example"]\nsecret = "turn.key"', "turn.urls[0]"),
        ("media = 3", "media"),
    ],
)
def test_an_unknown_key_or_a_bad_value_is_named_by_its_dotted_key(text: str, key: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse(text, Path())
    assert str(error.value).startswith(f"{key}: ")


def test_without_a_number_there_is_a_worker_for_every_core() -> None:
    media = parse("[media]\nworkers = 0", Path()).media
    assert media.processes == len(os.sched_getaffinity(0))


def test_a_compiled_plane_that_was_never_built_is_told_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signaling.config.find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"^media\.plane: .*libssl-dev"):
        parse('[media]\nplane = "compiled"', Path())
    assert parse('[media]\nplane = "auto"', Path()).media.plane == "auto"


def test_a_file_that_is_no_toml_is_named() -> None:
    with pytest.raises(ConfigError, match=r"^config\.toml: "):
        parse("[signaling", Path())


def test_a_named_file_must_exist(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="absent"):
        load(tmp_path / "absent.toml")


def test_without_any_file_the_defaults_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(None) == Settings(folder=tmp_path)
    assert load(None).data_dir == tmp_path / "data"


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "visite.toml"
    file.write_text('[signaling]\ndata_dir = "kept"\n')
    assert load(file).data_dir == tmp_path / "kept"
    assert load(file).recordings_dir == tmp_path / "kept" / "recordings"


def test_one_advertised_address_may_stand_without_a_list() -> None:
    settings = parse('[media]\nadvertise = "192.0.2.7"', Path())
    assert settings.media.candidates == (("192.0.2.7", 0),)


def test_the_media_host_is_the_candidate_when_nothing_is_advertised() -> None:
    assert Settings().media.candidates == (("127.0.0.1", 0),)


def test_behind_address_translation_each_address_may_have_a_port_of_its_own() -> None:
    settings = parse('[media]\nhost = "::"\nadvertise = ["10.0.0.7", "203.0.113.7:443", "[2001:db8::7]:443"]', Path())
    assert settings.media.candidates == (("10.0.0.7", 0), ("203.0.113.7", 443), ("2001:db8::7", 443))
