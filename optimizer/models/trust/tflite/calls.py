"""models/trust/tflite/: whether graphs that operators run are there, fit, and come to an end."""

from collections.abc import Iterator

from optimizer.models.trust.tflite.parts import Part, damaged
from optimizer.models.trust.tflite.schema import TABLES

GRAPHS = {
    "condSubgraphIndex", "bodySubgraphIndex", "comparatorSubgraphIndex", "subgraph",
    "updateComputationSubgraphIndex", "thenSubgraphIndex", "elseSubgraphIndex",
    "initSubgraphIndex", "decompositionSubgraphIndex",
}  # fmt: skip
"""Fields of options that say which graph an operator runs."""
BRANCHES = "branchSubgraphIndices"
SAYING = {
    "WHILE": "WhileOptions", "IF": "IfOptions", "CALL_ONCE": "CallOnceOptions",
    "STABLEHLO_CASE": "StablehloCaseOptions", "STABLEHLO_COMPOSITE": "StableHLOCompositeOptions",
    "STABLEHLO_REDUCE_WINDOW": "StablehloReduceWindowOptions",
    "STABLEHLO_SCATTER": "StablehloScatterOptions",
}  # fmt: skip
"""Operators that run graphs, and the options that say which; without them the first is run."""


def check_calls(graphs: list[Part], names: list[str]) -> None:
    """Checks which graphs run which.

    Args:
        graphs: Of the file.
        names: Of the kinds of operators in it.

    Raises:
        ModelError: one is not there, takes something else, or runs itself.
    """
    calls: list[set[int]] = []
    for graph in graphs:
        called: set[int] = set()
        for operator in graph.parts("operators"):
            name = names[operator.number("opcodeIndex")]
            kinds = {options.kind for options in _options(operator)}
            if name in SAYING and kinds != {SAYING[name]}:
                damaged(f"{name} does not say which graph it runs")
            for role, at in _called(operator):
                if not 0 <= at < len(graphs):
                    damaged(f"an operator runs the graph {at}, and there are {len(graphs)}")
                _check_ends(name, role, operator, graphs[at])
                called.add(at)
        calls.append(called)
    waiting = set(range(len(graphs)))
    while waiting:
        ends = {at for at in waiting if not calls[at] & waiting}
        if not ends:
            damaged("a graph runs itself, which would never end")
        waiting -= ends


def _options(operator: Part) -> list[Part]:
    found = [operator.part(union) for union in ("builtinOptions", "builtinOptions2")]
    return [options for options in found if options is not None]


def _called(operator: Part) -> Iterator[tuple[str, int]]:
    """The graphs that an operator runs, and what they are to it."""
    for options in _options(operator):
        yield from ((BRANCHES, at) for at in options.numbers(BRANCHES))
        for known in TABLES[options.kind]:
            if known and known.name in GRAPHS:
                yield known.name, options.number(known.name)


def _check_ends(name: str, role: str, operator: Part, graph: Part) -> None:
    """Holds what a graph takes and gives against the operator that runs it."""
    given, taken = len(operator.numbers("inputs")), len(operator.numbers("outputs"))
    expected: tuple[int, int] | None = None
    if name == "WHILE":
        expected = (given, 1) if role.startswith("cond") else (given, given)
    elif name == "IF":
        expected = (given - 1, taken)
    elif name == "CALL_ONCE":
        expected = (0, 0)
    found = (len(graph.numbers("inputs")), len(graph.numbers("outputs")))
    if expected is not None and found != expected:
        damaged(
            f"{name} runs a graph that takes {found[0]} and gives {found[1]} tensors, where "
            f"{expected[0]} and {expected[1]} were expected"
        )
