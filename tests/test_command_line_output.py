"""tests of the command line: what goes to which stream, and what is said of wrong arguments."""

import json
import sys
from pathlib import Path

import pytest

from optimizer import __version__, sample
from optimizer.cli.main import main
from optimizer.cli.progress_display import time_left
from optimizer.cli.terminal import Terminal
from optimizer.techniques.registry import TECHNIQUES
from optimizer.workers.progress import Progress
from tests.results_schema import check_schema
from tests.terminal import Terminal as Command

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One worker, hardly any timing, and a lock of its own."""
    monkeypatch.setenv("LITEWEIGH_WORKERS", "1")
    monkeypatch.setenv("LITEWEIGH_LATENCY_SECONDS", "0.05")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Missing command."),
        (["weigh"], "No such command 'weigh'."),
        (["inspect"], "Missing argument 'MODEL'."),
        (["run", "--recipes", "int8"], "No such option: --recipes"),
        (["run", "--recipe"], "Option '--recipe' requires an argument."),
        (["run", "--size", "photo=big"], "“photo=big” is not like photo=224x224x3."),
        (["run", "--role", "train=a.npz"], "“train=a.npz” is not ROLE=FILE, with a role of "),
        (["run", "--role", "training"], "“training” is not ROLE=FILE, with a role of training,"),
        (["run", "--scaling", "log"], "“log” is not one of auto, none, unit, tf,"),
        (["run", "--metric", "r2"], "“r2” is not one of accuracy, auc, balanced_accuracy,"),
        (["run", "--false-alarms", "120%"], "“120%” is not a share such as 5% or 0.05."),
        (["run", "--reconstruction", "rms"], "“rms” is not one of mse, mae."),
        (
            ["run", "--task", "unlabelled"],
            "is not one of classification, multi-label, per-position, detection, regression, ",
        ),
        (["app", "--port", "70000"], "Invalid value for '--port'"),
        (["techniques", "int8"], "Got unexpected extra argument(s) (int8)"),
    ],
)
def test_wrong_arguments_are_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: Printed
) -> None:
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert sentence in printed.err
    assert printed.err.endswith(" See python -m optimizer --help.\n")
    assert printed.err.count("\n") == 1


def test_a_wrong_setting_is_exit_code_2(monkeypatch: pytest.MonkeyPatch, capsys: Printed) -> None:
    monkeypatch.setenv("LITEWEIGH_WORKERS", "-1")
    assert main(["run"]) == 2
    assert capsys.readouterr().err.startswith("error: LITEWEIGH_WORKERS is “-1”")


@pytest.mark.parametrize(
    "verb",
    [
        [],
        ["inspect"],
        ["run"],
        ["techniques"],
        ["app"],
        ["sensitivity"],
        ["studies"],
        ["studies", "delete"],
    ],
    ids=str,
)
def test_every_verb_has_help(verb: list[str], capsys: Printed) -> None:
    assert main([*verb, "--help"]) == 0
    assert "Usage: python -m optimizer" in capsys.readouterr().out


def test_the_version_is_told(capsys: Printed) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_techniques_as_json(capsys: Printed) -> None:
    assert main(["techniques", "--json"]) == 0
    printed = capsys.readouterr()
    told = {one["name"]: one for one in json.loads(printed.out)}
    assert list(told) == list(TECHNIQUES)
    sparsity = next(p for p in told["prune"]["parameters"] if p["name"] == "final_sparsity")
    default = TECHNIQUES["prune"].model_fields["final_sparsity"].default
    assert sparsity["default"] == default
    assert sparsity["description"]
    assert printed.err == ""


def test_run_as_json_is_one_document_and_all_else_is_beside_it(terminal: Command) -> None:
    ran = terminal("run", "--recipe", "float16", "--json")
    assert ran.returncode == 0, ran.stderr
    document = json.loads(ran.stdout)
    check_schema(document)
    assert document == json.loads(Path("study/results.json").read_text())
    lines = ran.stderr.splitlines()
    assert any(line.startswith("float16 ") for line in lines), "the results, for people"
    assert any(line.startswith("fashion_mnist.keras: ") for line in lines), "what is being done"
    again = terminal("run", "--recipe", "float16", "--json", "--quiet")
    assert again.returncode == 0
    assert json.loads(again.stdout) == document
    assert again.stderr == ""


def test_quiet_prints_nothing_of_what_went_well(terminal: Command) -> None:
    told = terminal("inspect", sample.MODEL, "--quiet")
    assert told.returncode == 0
    assert json.loads(told.stdout)["format"] == "Keras 3 .keras"
    assert told.stderr == ""


def test_quiet_still_says_what_is_wrong(capsys: Printed) -> None:
    assert main(["run", "gone.keras", "--quiet"]) == 2
    assert "There is no file" in capsys.readouterr().err


def test_in_a_log_each_stage_is_one_line(capsys: Printed) -> None:
    with Terminal(quiet=False, as_json=False) as terminal:
        for fraction in (0.0, 0.5, 1.0):
            terminal.show("int8", Progress("Converting", fraction))
        terminal.show("int8", None)
        terminal.show("float16", Progress("Converting", 0.1))
        terminal.show("int8", Progress("Measuring", 0.0))
        terminal.say("done")
    printed = capsys.readouterr()
    assert printed.err == "int8: Converting\nfloat16: Converting\nint8: Measuring\n"
    assert printed.out == "done\n"


def test_on_a_terminal_bars_leave_standard_output_to_the_results(
    monkeypatch: pytest.MonkeyPatch, capsys: Printed
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with Terminal(quiet=False, as_json=False) as terminal:
        terminal.show("int8[fast]", Progress("Converting", 0.5))
        terminal.say("float16 is done")
        terminal.ended("int8[fast]")
        terminal.say("int8 is done")
    printed = capsys.readouterr()
    assert printed.out == "float16 is done\nint8 is done\n"
    assert "int8[fast]" in printed.err
    assert "Converting" in printed.err
    assert printed.err.endswith("\x1b[2K\x1b[?25h\r"), "no bar is left, and the cursor is back"


@pytest.mark.parametrize(
    ("elapsed", "stage", "fraction", "said"),
    [
        (10, "Measuring accuracy", 0.25, "about 30 seconds left"),
        (300, "Calibrating", 0.5, "about 5 minutes left"),
        (0.5, "Measuring accuracy", 0.5, ""),  # too early
        (10, "Converting", 0.05, ""),  # one step of twenty tells little
        (10, "Converting", 1.0, ""),
        (10, "prune: epoch 1 of 2, about 20 seconds left", 0.5, ""),  # it is said already
    ],
)
def test_what_a_stage_will_still_take_is_told(
    elapsed: float, stage: str, fraction: float, said: str
) -> None:
    assert time_left(elapsed, Progress(stage, fraction)) == said
