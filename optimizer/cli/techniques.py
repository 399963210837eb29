"""cli/: liteweigh techniques."""

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import AsJson, Quiet
from optimizer.cli.terminal import Terminal
from optimizer.techniques.registry import TECHNIQUES
from optimizer.techniques.technique import Technique


def techniques(*, quiet: Quiet = False, as_json: AsJson = False) -> ExitCode:
    """Every technique with its parameters and their defaults."""
    with Terminal(quiet=quiet, as_json=as_json) as terminal:
        if as_json:
            terminal.document([_described(kind) for kind in TECHNIQUES.values()])
            return ExitCode.ALL_WELL
        for name, kind in TECHNIQUES.items():
            terminal.say(f"{name}: {kind.summary}")
            for key, (default, description) in _parameters(kind).items():
                terminal.say(f"    {key}={default}  {description}")
    return ExitCode.ALL_WELL


def _described(kind: type[Technique]) -> dict[str, object]:
    return {
        "name": kind.name,
        "summary": kind.summary,
        "parameters": [
            {"name": key, "default": default, "description": description}
            for key, (default, description) in _parameters(kind).items()
        ],
    }


def _parameters(kind: type[Technique]) -> dict[str, tuple[object, str | None]]:
    """For each parameter its default, as a recipe's text has it, and what it is."""
    return {
        key: (getattr(field.default, "value", field.default), field.description)
        for key, field in kind.declared().items()
    }
