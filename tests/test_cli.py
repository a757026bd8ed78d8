"""The `layerlab` command line as a user meets it: messages, exit codes, and what JupyterLab is given."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from layerlab import cli, jupyter
from layerlab.__main__ import main

ROOT = Path(__file__).parents[1]


@pytest.fixture
def started(monkeypatch) -> list[jupyter.Command]:
    """The commands that the command line would turn into."""
    commands: list[jupyter.Command] = []
    monkeypatch.setattr(cli, "_become", commands.append)
    return commands


def layerlab(*args: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "layerlab", *args], capture_output=True, text=True, cwd=ROOT, **options
    )


def test_help_names_every_command():
    ran = layerlab("--help")
    assert ran.returncode == 0
    for name in cli.cli.commands:
        assert f"\n  {name} " in ran.stdout


def test_every_command_has_help(capsys):
    for name in cli.cli.commands:
        assert main([name, "--help"]) == 0
        assert capsys.readouterr().out.startswith(f"Usage: layerlab {name}")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["lob"], "No such command 'lob'"),
        (["demo"], "Missing argument 'NAME'"),
        (["demo", "nothing_like_it"], "there is no demo 'nothing_like_it'; there is: "),
        (["check"], "Missing argument 'NN'"),
        (["check", "99"], "no lesson '99' has exercises"),
        (["check", "06", "no such file.ipynb"], "does not exist"),
        (["lab", "pyproject.toml"], "is a file; the lessons need a directory"),
    ],
)
def test_wrong_usage_is_one_clear_message_and_2(line, said, started):
    ran = layerlab(*line)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert said in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr


def test_lab_prepares_the_lessons_and_passes_the_rest_on(tmp_path, started, capsys):
    target = tmp_path / "my lessons"
    assert main(["lab", str(target), "--no-browser", "--port", "8899"]) == 0
    [command] = started
    assert command.argv[0] == sys.executable
    assert command.argv[-3:] == ("--no-browser", "--port", "8899")
    assert f"--ServerApp.root_dir={target}" in command.argv
    assert "--LabApp.default_url=/lab/tree/00_welcome.ipynb" in command.argv
    assert (target / "00_welcome.ipynb").is_file()
    assert not (target / "solutions").exists()
    assert str(target) in capsys.readouterr().err


def test_lab_without_a_directory_uses_the_usual_one(tmp_path, started, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["lab", "--no-browser"]) == 0
    assert (tmp_path / "layerlab-lessons/00_welcome.ipynb").is_file()
    assert started[0].argv[-1] == "--no-browser"


def test_demo_opens_in_slide_mode(tmp_path, started):
    assert main(["demo", "kernel_twin", str(tmp_path)]) == 0
    [command] = started
    assert "--LabApp.default_url=/lab/tree/demos/kernel_twin.ipynb" in command.argv
    ours = command.env["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]
    assert '"active": true' in (Path(ours) / "labconfig/default_setting_overrides.json").read_text()


def test_root_is_let_in_and_nobody_else_needs_to_be(tmp_path, monkeypatch):
    monkeypatch.setattr(jupyter, "runs_as_root", lambda: True)
    assert "--allow-root" in jupyter.lab_command(tmp_path).argv
    monkeypatch.setattr(jupyter, "runs_as_root", lambda: False)
    assert "--allow-root" not in jupyter.lab_command(tmp_path).argv


def test_the_learners_own_jupyter_settings_come_after_ours_and_are_not_written(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    env = jupyter.lab_command(tmp_path).env
    assert env["JUPYTER_CONFIG_PATH"].split(os.pathsep)[-1] == "theirs"
    assert "JUPYTER_CONFIG_DIR" not in set(env) - set(os.environ)
    assert env["JUPYTERLAB_WORKSPACES_DIR"].startswith(str(tmp_path))


@pytest.mark.parametrize("module", ["jupyterlab", "nbval", "nbformat"])
def test_a_missing_extra_is_said_with_the_remedy(module, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == module else object())
    line = {"jupyterlab": ["lab", str(tmp_path)], "nbval": ["check", "06"], "nbformat": ["release"]}[module]
    assert main(line) == 1
    assert "pip install 'layerlab[lab]'" in capsys.readouterr().err


def test_without_any_extra_the_command_still_answers():
    """In a Python without site-packages not even click is there."""
    program = "import sys; sys.path.insert(0, sys.argv[1]); import layerlab.__main__ as m; sys.exit(m.main())"
    bare = [sys.executable, "-I", "-S", "-c", program, str(ROOT)]
    ran = subprocess.run(bare, capture_output=True, text=True)
    assert ran.returncode == 1
    assert ran.stderr == "layerlab: the command line needs: pip install 'layerlab[lab]'\n"


def test_ctrl_c_ends_with_130(monkeypatch, capsys):
    def interrupted(*_args, **_options):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(cli.lessons, "copy_lessons", interrupted)
    assert main(["lab", "somewhere"]) == 130
    assert "Traceback" not in capsys.readouterr().err
