"""The command at the root: it does a preparation once, and says who has to act when it cannot."""

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

COMMAND = Path(__file__).resolve().parents[2] / "visite"


@pytest.fixture
def visite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The command as a module, with its .venv in a folder of the test."""
    loader = importlib.machinery.SourceFileLoader("visite_command", str(COMMAND))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path)
    return module


def test_work_is_done_once_for_the_same_inputs(visite: ModuleType, tmp_path: Path) -> None:
    source, product = tmp_path / "source", tmp_path / "product"
    done = []

    def work() -> None:
        product.write_text(source.read_text())
        done.append(source.read_text())

    for text in ("first", "first", "second"):
        source.write_text(text)
        visite.once("Making", [source], product, work)
    assert done == ["first", "second"]
    product.unlink()
    visite.once("Making", [source], product, work)
    assert done == ["first", "second", "second"]


def test_failed_work_is_tried_again(visite: ModuleType, tmp_path: Path) -> None:
    product = tmp_path / "product"
    product.touch()

    def fail() -> None:
        raise visite.Stop("no network")

    with pytest.raises(visite.Stop):
        visite.once("Making", [COMMAND], product, fail)
    done = []
    visite.once("Making", [COMMAND], product, lambda: done.append(True))
    assert done


def test_without_the_right_it_names_what_an_administrator_installs(
    visite: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(visite.Stop, match=r"sudo apt-get install .* ffmpeg chromium"):
        visite.install_system(["ffmpeg", "chromium"])


def test_a_failed_step_shows_its_output_and_suspects_the_network(visite: ModuleType) -> None:
    with pytest.raises(visite.Stop, match=r"(?s)sh -c.*Temporary failure in name resolution.*whoever runs the network"):
        visite.run(["sh", "-c", "echo Temporary failure in name resolution; exit 3"])
    with pytest.raises(visite.Stop, match=r"(?s)disk is full.*output above says why"):
        visite.run(["sh", "-c", "echo disk is full; exit 3"])


def test_the_last_line_of_a_program_is_held_back(visite: ModuleType, capfd: pytest.CaptureFixture[str]) -> None:
    assert visite.run_but_hold_last_line(["sh", "-c", "echo a; echo b; echo 3 passed"]) == (True, "3 passed")
    assert capfd.readouterr().out == "a\nb\n"
    assert visite.run_but_hold_last_line(["sh", "-c", "echo 1 failed; exit 1"]) == (False, "1 failed")


def test_it_explains_itself_with_the_standard_library_alone() -> None:
    answer = subprocess.run([sys.executable, "-I", "-S", COMMAND, "--help"], capture_output=True, text=True, check=True)
    assert "./visite demo" in answer.stdout
    wrong = subprocess.run([sys.executable, "-I", "-S", COMMAND, "dmeo"], capture_output=True, check=False)
    assert wrong.returncode == 2
