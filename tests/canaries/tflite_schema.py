"""tests of canaries: what LiteRT's schema has, and which operators its runtime knows.

    python -m tests.canaries.tflite_schema   # writes both tables of models/trust/tflite/ anew

The tables are what the check of a `.tflite` understands; a new version of LiteRT may have more.
"""

import inspect
import re
from pathlib import Path
from typing import Any

TRUST = Path(__file__).parents[2] / "optimizer" / "models" / "trust" / "tflite"
TABLES, OPERATORS = TRUST / "schema.txt", TRUST / "operators.txt"
SCALARS = {"Bool": "bool", "Uint8": "u1", "Int8": "i1", "Int16": "i2", "Uint16": "u2",
           "Int32": "i4", "Uint32": "u4", "Int64": "i8", "Uint64": "u8", "Float32": "f4",
           "Float64": "f8"}  # fmt: skip
UNIONS = {"BuiltinOptions": "BuiltinOptions", "BuiltinOptions2": "BuiltinOptions2",
          "Details": "QuantizationDetails", "ArraySegments": "SparseIndexVector",
          "ArrayIndices": "SparseIndexVector"}  # fmt: skip
TABLES_HEAD = (
    "# Each table of the schema of ai-edge-litert 2.3 with its fields by place: name and type;\n"
    "# - for one that is no longer used. <U> is a union U, whose tables are counted from 1.\n"
    "# Written by python -m tests.canaries.tflite_schema.\n"
)
OPERATORS_HEAD = (
    "# The operators that the runtime of ai-edge-litert 2.3 runs: code, name, versions.\n"
    "# Written by python -m tests.canaries.tflite_schema.\n"
)
MOST_VERSIONS = 40


def tables() -> str:
    """The text of `TABLES`."""
    from ai_edge_litert import schema_py_generated as schema

    lines = []
    for name, one in vars(schema).items():
        if inspect.isclass(one) and hasattr(one, "Init"):
            fields = _fields(one)
            told = (fields.get(place, "-") for place in range(max(fields, default=-1) + 1))
            lines.append(" ".join([name, *told]))
    for union in dict.fromkeys(UNIONS.values()):
        named = {v: k for k, v in vars(getattr(schema, union)).items() if not k.startswith("_")}
        assert list(named) == list(range(len(named)))
        lines.append(" ".join([f"<{union}>", *list(named.values())[1:]]))
    return TABLES_HEAD + "\n".join(lines) + "\n"


def _fields(table: type) -> dict[int, str]:
    found = {}
    for name, method in vars(table).items():
        source = inspect.getsource(method) if inspect.isfunction(method) else ""
        place = re.search(r"_tab\.Offset\((\d+)\)", source)
        if place and not name.endswith(("AsNumpy", "Length", "IsNone")):
            found[(int(place[1]) - 4) // 2] = f"{name[0].lower()}{name[1:]}:{_type(name, source)}"
    return found


def _type(name: str, source: str) -> str:
    made = re.search(r"obj = (\w+)\(\)", source)
    read = re.findall(r"_tab\.Get\(flatbuffers\.number_types\.(\w+)Flags", source)
    if "_tab.Union(" in source:
        return f"<{UNIONS[name]}>"
    if "_tab.Vector(" in source:
        inner = made[1] if made else SCALARS[read[-1]]
        assert not made or "Indirect" in source, "a struct"
        return f"[{inner}]"
    if "_tab.String(" in source:
        return "string"
    return made[1] if made else SCALARS[read[-1]]


def operators() -> str:
    """The text of `OPERATORS`."""
    from ai_edge_litert import schema_py_generated as schema

    codes = {v: k for k, v in vars(schema.BuiltinOperator).items() if not k.startswith("_")}
    lines = []
    for code, name in sorted(codes.items()):
        known = [version for version in range(1, MOST_VERSIONS) if _runs(code, version)]
        if known:
            assert known == list(range(known[0], known[-1] + 1))
            lines.append(f"{code} {name} {known[0]} {known[-1]}")
    return OPERATORS_HEAD + "\n".join(lines) + "\n"


def _runs(code: int, version: int) -> bool:
    """Whether the runtime finds the operator: it looks for all of a file before anything else."""
    from ai_edge_litert.interpreter import Interpreter

    try:
        Interpreter(model_content=_naming(code, version))
    except ValueError:
        return False
    return True


def _naming(code: int, version: int) -> bytes:
    """A file that names an operator, and has none."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    operator: Any = schema.OperatorCodeT()
    operator.builtinCode, operator.version = code, version
    operator.deprecatedBuiltinCode = min(code, 127)
    graph: Any = schema.SubGraphT()
    graph.tensors, graph.inputs, graph.outputs, graph.operators = [], [], [], []
    model: Any = schema.ModelT()
    model.version, model.buffers = 3, [schema.BufferT()]
    model.operatorCodes, model.subgraphs = [operator], [graph]
    builder = flatbuffers.Builder(0)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


if __name__ == "__main__":
    TABLES.write_text(tables())
    OPERATORS.write_text(operators())
