"""Runs the test vectors through predict.py: python test_vectors.py"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from predict import HERE, Answer, Array, Model, prepare

SCORE = 1e-2  # of the score's size: how far it may be off


def main(folder: Path = HERE) -> int:
    """0 where all outputs are as expected; else 1."""
    model = Model(folder)
    facts = model.facts
    wrong = 0
    for number, vector in enumerate(facts["vectors"]):
        raw = [
            np.fromfile(folder / file, np.dtype(one["raw_type"]).newbyteorder("<"))
            for file, one in zip(vector["inputs"], facts["inputs"], strict=True)
        ]
        fed = [
            prepare(values.reshape((1, *one["raw_shape"])), one)
            for values, one in zip(raw, facts["inputs"], strict=True)
        ]
        outputs = model.run(fed)
        for output, file, one in zip(outputs, vector["outputs"], facts["outputs"], strict=True):
            expected = np.fromfile(folder / file, "<f4").reshape(output.shape)
            apart = float(np.abs(output - expected).max(initial=0))
            print(f"vector {number}, output {one['output']!r}: off by {apart:.3g}")
            wrong += not apart <= one["tolerance"]
        for answer, told in zip(model.predict(*raw), vector["answers"], strict=True):
            wrong += not _same(answer, told)
    print("All vectors are as expected." if not wrong else f"{wrong} outputs or answers are not.")
    return int(wrong > 0)


def _same(answer: Answer, told: Any) -> bool:
    """Whether an answer is the expected one."""
    found: Array = answer.classes
    if answer.kind == "positions":
        found = np.bincount(found.ravel(), minlength=len(told["classes"]))
        same = bool(np.abs(found - told["classes"]).sum() <= 0.02 * found.sum())
    else:
        same = found.tolist() == told["classes"]
    if told["score"] is not None and answer.score is not None:
        same = same and abs(answer.score - told["score"]) <= SCORE * max(1, abs(told["score"]))
    if not same:
        print(f"expected {told}, but it is {answer.label!r}, {answer.score}, {found}")
    return same


if __name__ == "__main__":
    sys.exit(main())
