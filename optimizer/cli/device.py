"""cli/: liteweigh device: other machines, what they are given, and what they have measured."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.devices.boards import RULE, find_boards
from optimizer.devices.estimates import VELA_WARNING
from optimizer.devices.kept import device_at, forget_device, keep_device, kept_devices
from optimizer.devices.measured import DeviceRun
from optimizer.devices.ssh import PYTHON
from optimizer.devices.vela import USUAL
from optimizer.devices.wheels import parse_platform
from optimizer.export import numbers
from optimizer.export.device_bundle import SECONDS, device_bundle_name, minutes
from optimizer.export.device_lines import device_lines, run_lines
from optimizer.export.estimate_lines import estimate_lines, not_installed
from optimizer.export.on_device import make_bundle, run_on
from optimizer.export.results import results, write_results
from optimizer.face import OpenStudy, existing, reopen
from optimizer.jobs.device_results import bundled
from optimizer.jobs.pending import Pending
from optimizer.settings import from_environment
from optimizer.store.study import read_index
from optimizer.sweeps import expand

CLEANING_SECONDS = 20.0
T = TypeVar("T")
DEVICE = typer.Typer(help="Other machines: time and compare a study's files there.")
StudyFolder = Annotated[Path, typer.Argument(metavar="STUDY", help="The study's folder.")]
Recipes = Annotated[
    list[str] | None,
    typer.Option("--recipe", "--recipes", metavar="RECIPE",
                 help="Of a variant that goes along; may be repeated. Without it all that run."),
]  # fmt: skip
Seconds = Annotated[
    float, typer.Option("--seconds", min=0.05, max=600, help="Of timing there for each file.")
]


@DEVICE.command()
def bundle(
    study: StudyFolder,
    *,
    recipes: Recipes = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="The zip; else named as the study.")
    ] = None,
    wheels: Annotated[
        str,
        typer.Option(
            "--wheels",
            metavar="MACHINE,PYTHON",
            help="Take NumPy and LiteRT along, fetched from the package index by pip: "
            "aarch64 or x86_64, and cp310 to cp314, such as aarch64,cp311.",
        ),
    ] = "",
    seconds: Seconds = SECONDS,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """A zip to run on another machine: files, inputs, what they should say, and one program."""
    platform = parse_platform(wheels) if wheels else None
    with Terminal(quiet=quiet, as_json=as_json) as terminal, reopen(study) as opened:
        file = (out or Path(device_bundle_name(opened.study.index))).absolute()
        wanted = [str(recipe) for text in recipes or () for recipe in expand(text)]
        pending = make_bundle(
            opened.scheduler, opened.study, file, wanted, platform=platform, seconds=seconds
        )
        _wait_for("bundle", pending, terminal)
        count = len(bundled(opened.study, wanted))
        about = minutes(count, seconds)
        terminal.say(
            f"{file} has {count} files, {numbers.size(file.stat().st_size)}. On the device, in "
            f"about {max(1, round(about))} min:"
        )
        terminal.say(f"  unzip {file.name} && python3 */run.py")
        terminal.say(f"Then here: liteweigh device import {study} result.json")
        if as_json:
            terminal.document({"file": str(file), "files": count})
    return ExitCode.ALL_WELL


@DEVICE.command("import")
def import_(
    study: StudyFolder,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The result.json of a bundle.")],
    *,
    name: Annotated[
        str, typer.Option("--name", help="What the device is called; else as it calls itself.")
    ] = "",
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Takes what a device has measured with a bundle into the study."""
    path = existing(file)
    with Terminal(quiet=quiet, as_json=as_json) as terminal, reopen(study) as opened:
        run = terminal.wait_for(
            "import", opened.scheduler.import_result(opened.study, path, name.strip())
        )
        return _tell(opened, run, terminal)


@DEVICE.command()
def run(
    study: StudyFolder,
    *,
    on: Annotated[
        str, typer.Option("--on", metavar="NAME|user@host", help="A kept device, or an address.")
    ],
    recipes: Recipes = None,
    python: Annotated[
        str, typer.Option("--python", metavar="PATH", help="Python there, if not python3.")
    ] = "",
    name: Annotated[
        str, typer.Option("--name", help="What the device is called in the study.")
    ] = "",
    seconds: Seconds = SECONDS,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """Times and compares a study's files on a machine that ssh reaches, with your own keys."""
    device = device_at(from_environment().home, on, python)
    device = replace(device, name=name.strip() or device.name)
    with Terminal(quiet=quiet, as_json=as_json) as terminal, reopen(study) as opened:
        wanted = [str(recipe) for text in recipes or () for recipe in expand(text)]
        pending = run_on(opened.scheduler, opened.study, device, wanted, seconds=seconds)
        found = _wait_for(device.name or device.address, pending, terminal)
        return _tell(opened, found, terminal)


@DEVICE.command()
def estimate(
    study: StudyFolder,
    *,
    recipes: Recipes = None,
    board: Annotated[
        str,
        typer.Option(
            "--board", metavar="WORDS", help="Of its name or chip; without it all of the table."
        ),
    ] = "",
    accelerators: Annotated[
        list[str] | None,
        typer.Option(
            "--accelerator",
            metavar="NAME",
            help="An Ethos-U as Vela calls it, such as ethos-u55-128; may be repeated.",
        ),
    ] = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """What files need on chips that are not here: arena, room on boards, cycles on Ethos-U."""
    among = find_boards(board)
    with Terminal(quiet=quiet, as_json=as_json) as terminal, reopen(study) as opened:
        wanted = [str(recipe) for text in recipes or () for recipe in expand(text)]
        pending = opened.scheduler.estimate(opened.study, wanted, accelerators or USUAL)
        found = _wait_for("estimate", pending, terminal)
        write_results(opened.study)
        for line in estimate_lines(opened.study.index, among):
            terminal.say(line)
        if any(one.micro and one.micro.arena_bytes for one in found):
            terminal.say(f"A rule: {RULE}")
        if any(one.npus for one in found):
            terminal.say(VELA_WARNING)
        for line in not_installed(found):
            terminal.say(f"note: {line}")
        if as_json:
            terminal.document(results(opened.study))
    return ExitCode.ALL_WELL


@DEVICE.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    address: Annotated[str, typer.Argument(metavar="user@host", help="As ssh takes it.")],
    *,
    python: Annotated[
        str, typer.Option("--python", metavar="PATH", help="Python there, if not python3.")
    ] = PYTHON,
    quiet: Quiet = False,
) -> ExitCode:
    """Keeps a machine under a name, for run --on NAME; nothing else of it is kept."""
    with Terminal(quiet=quiet, as_json=False) as terminal:
        kept = keep_device(from_environment().home, name, address, python)
        terminal.say(f"{kept.name}: {kept.address}, {kept.python}")
    return ExitCode.ALL_WELL


@DEVICE.command()
def forget(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of a kept device.")],
    *,
    quiet: Quiet = False,
) -> ExitCode:
    """Drops a kept machine; what it has measured stays in the studies."""
    with Terminal(quiet=quiet, as_json=False) as terminal:
        forget_device(from_environment().home, name)
        terminal.say(f"{name} is not kept any more.")
    return ExitCode.ALL_WELL


@DEVICE.command("list")
def list_(
    study: Annotated[
        Path | None,
        typer.Argument(metavar="STUDY", help="Of this study too, with what each has measured."),
    ] = None,
    *,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> ExitCode:
    """The machines that are kept by name, and those that measured something of a study."""
    with Terminal(quiet=quiet, as_json=as_json) as terminal:
        kept = kept_devices(from_environment().home)
        index = read_index(study.resolve()) if study else None
        for one in kept:
            terminal.say(f"{one.name}: {one.address}, reached by ssh")
        for device in index.devices if index else ():
            for line in device_lines(index, device) if index else ():
                terminal.say(line)
        if not kept and not (index and index.devices):
            terminal.say(
                "No device is kept. Add one that ssh reaches with liteweigh device add, or make a "
                "bundle for any other."
            )
        if as_json:
            terminal.document(
                {
                    "kept": [asdict(one) for one in kept],
                    "devices": [asdict(one) for one in index.devices] if index else [],
                }
            )
    return ExitCode.ALL_WELL


def _wait_for(what: str, pending: Pending[T], terminal: Terminal) -> T:
    """Waits; Ctrl+C stops it, and has it clean up first."""
    try:
        return terminal.wait_for(what, pending)
    except KeyboardInterrupt:
        pending.cancel()
        pending.wait_until_ended(CLEANING_SECONDS)
        raise


def _tell(opened: OpenStudy, found: DeviceRun, terminal: Terminal) -> ExitCode:
    """What a device has measured; whether all of it could run and said what it should."""
    write_results(opened.study)
    for line in run_lines(opened.study.index, found):
        terminal.say(line)
    if terminal.as_json:
        terminal.document(results(opened.study))
    broken = any(one.error or one.differs for one in found.files)
    return ExitCode.SOME_FAILED if broken else ExitCode.ALL_WELL
