"""cli/: liteweigh inspect."""

import tempfile
from dataclasses import asdict
from pathlib import Path

from optimizer.cli.exit_code import ExitCode
from optimizer.cli.options import (
    Architecture,
    AsJson,
    Code,
    Function,
    Inputs,
    Model,
    Outputs,
    Quiet,
    SelectTfOps,
    Sizes,
    Trust,
    Unroll,
    open_options,
)
from optimizer.cli.terminal import Terminal
from optimizer.face import existing, with_architecture
from optimizer.jobs.local import scheduler_in
from optimizer.techniques.registry import TECHNIQUES


def inspect(  # noqa: PLR0913 (a parameter is an option)
    model: Model,
    *,
    size: Sizes = None,
    inputs: Inputs = "",
    outputs: Outputs = "",
    function: Function = "",
    architecture: Architecture = "",
    code: Code = None,
    select_tf_ops: SelectTfOps = False,
    unroll: Unroll = False,
    trust: Trust = False,
    quiet: Quiet = False,
    as_json: AsJson = False,  # noqa: ARG001 (it always is)
) -> ExitCode:
    """What a model is and which techniques fit it, as JSON."""
    path = existing(model)
    decided = open_options(
        size,
        inputs,
        outputs,
        function=function,
        select_tf_ops=select_tf_ops,
        unroll=unroll,
        trust=trust,
    )
    decided, description = with_architecture(decided, architecture)
    with (
        Terminal(quiet=quiet, as_json=True) as terminal,
        tempfile.TemporaryDirectory() as home,
        scheduler_in(Path(home), workers=1) as scheduler,
    ):
        opening = scheduler.open_model(
            path,
            path.stem,
            decided,
            architecture=description,
            code=existing(code) if code else None,
        )
        study = terminal.wait_for(path.name, opening)
        summary = study.index.model.summary
        operators = terminal.wait_for(path.name, scheduler.operators(study))
        techniques = {
            name: {"fits": reason is None, "reason": reason}
            for name, kind in TECHNIQUES.items()
            for reason in [kind.misfit(summary, None)]
        }
        fits = [
            {"name": fit.name, "kind": fit.kind, "parameters": fit.parameters, **fit.obstacles}
            for fit in summary.fits
        ]
        terminal.document(
            {
                **asdict(summary),
                "fits": fits,
                "operators": [asdict(operator) for operator in operators],
                "techniques": techniques,
            }
        )
    return ExitCode.ALL_WELL
