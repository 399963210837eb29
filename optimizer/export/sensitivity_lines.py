"""export/: what each operator costs int8, in lines for a terminal and in sentences for a page."""

from collections.abc import Iterator, Mapping

from optimizer.export import numbers
from optimizer.measure.operator_times import times_by_number
from optimizer.measure.sensitivity import OperatorNoise, Sensitivity
from optimizer.store.profile_files import read_profile
from optimizer.store.study import Study
from optimizer.words import counted, number

SAME = "="  # nothing changed


def float_times(study: Study, found: Sensitivity) -> dict[int, float]:
    """Milliseconds of the float file's operators by number, as far as its profile tells.

    Raises:
        StudyError: the profile is missing or damaged.
    """
    if not study.index.variants:
        return {}
    profile = read_profile(study, study.index.variants[0])
    return times_by_number(profile, [operator.name for operator in found.operators])


def lines(found: Sensitivity, times: Mapping[int, float]) -> Iterator[str]:
    """A line for each operator, then what is loudest and why."""
    yield (
        f"{'#':>4} {'operator':<24} {'alone in int8':>14} {'alone in float':>15} "
        f"{'weights':>9} {'time':>9}"
    )
    for one in found.operators:
        spent = numbers.milliseconds(times[one.number]) if one.number in times else ""
        yield (
            f"{one.number:>4} {one.name:<24} {decibels(one, one.alone_db):>14} "
            f"{decibels(one, one.left_db):>15} {numbers.size(one.weight_bytes):>9} {spent:>9}"
        )
    yield in_words(found)
    for one in found.loudest():
        for cause in one.causes:
            yield f"{one.number} ({one.name}): {cause}"


def in_words(found: Sensitivity) -> str:
    """What was measured, in a sentence or two."""
    if found.int8_db is None:
        return "In int8 the outputs are the same, or no operator has an int8 form."
    said = (
        f"All in int8 the outputs have {number(found.int8_db, '.1f')} dB of signal to noise, over "
        f"{counted(found.samples, 'sample')} of the {found.role} role."
    )
    loudest = found.loudest(1)
    if not loudest:
        return said
    [one] = loudest
    return f"{said} The loudest operator alone is {one.number} ({one.name})."


def decibels(one: OperatorNoise, value: float | None) -> str:
    """`38.6 dB`; `=` where nothing changed, and nothing where it has no int8 form."""
    if not one.measured:
        return ""
    return SAME if value is None else f"{number(value, '.1f')} dB"
