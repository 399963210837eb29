"""measure/diagnosis/: a file that says the same, or hardly anything else, whatever it is given."""

from optimizer.arrays import Float32s
from optimizer.words import counted

LEAST_ANSWERS = 10  # different ones of the baseline: with fewer there is nothing to miss
FEW = 50  # times fewer answers than the baseline's


def same_answers(name: str, mine: Float32s, theirs: Float32s) -> tuple[str, ...]:
    """Says so where an output takes one value, or a fiftieth of the baseline's.

    Args:
        name: Of the output.
        mine: float32 (n, ...), the variant's for n samples.
        theirs: The baseline's, of the same shape.
    """
    before, now = _different(theirs), _different(mine)
    if before < LEAST_ANSWERS or now * FEW > before:
        return ()
    samples = counted(len(mine), "sample")
    if now > 1:
        return (
            f"“{name}” takes only {now} different values over {samples}, where float32 takes "
            f"{before:,}: most of what it tells is lost. Keep its last layers in float, or try "
            "int16x8.",
        )
    value = f" ({mine.flat[0]:.6g})" if mine[0].size == 1 else ""
    return (
        f"“{name}” is the same for all {samples}{value}: the file does not look at its input any "
        "more. Look at the range of the inputs, and try dynamic_range or weight_only_int8.",
    )


def _different(output: Float32s) -> int:
    """Told apart by hashes, for answers may be as large as pictures."""
    return len({hash(row.tobytes()) for row in output})
