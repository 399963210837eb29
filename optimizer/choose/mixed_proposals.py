"""choose/: mixed files that a search tries: what repairs int8, and what makes it smaller.

Operators differ, and noises do not add up: each step is proposed from what was measured of single
operators, and believed only once the file as a whole was judged on the tuning role.
"""

from collections.abc import Callable, Iterator, Sequence

from optimizer.recipes import Recipe
from optimizer.techniques.mixed import Mixed
from optimizer.techniques.operator_numbers import write_numbers
from optimizer.techniques.scheme import FloatOperator, Scheme

Schemes = dict[int, Scheme]
Holds = Callable[[Recipe], bool | None]
"""Whether a recipe holds the limits as far as the tuning role tells; None: it was not tried."""
WORTH = 0.02
"""Of all weights: what an operator has to have, so that it is worth a try with int4."""


def smaller(
    operators: Sequence[FloatOperator], begin: Schemes, io: str, holds: Holds
) -> Iterator[Recipe]:
    """What int4 weights may make smaller, the largest first; each is kept where it holds.

    What is not known yet is taken to hold, so that the next one can be tried beside it.

    Args:
        operators: Of the float file.
        begin: The schemes of the mixed file that is to become smaller.
        io: The type of inputs and outputs.
        holds: What is known.
    """
    total = sum(one.weight_bytes for one in operators)
    schemes = dict(begin)
    for one in sorted(operators, key=lambda one: -one.weight_bytes):
        heavy = one.weight_bytes >= WORTH * total
        if not heavy or Scheme.INT4 not in one.choices or set(one.together) & set(schemes):
            continue
        trial = schemes | dict.fromkeys(one.together, Scheme.INT4)
        recipe = mixed(trial, io)
        known = holds(recipe)
        if known is None:
            yield recipe
        if known is not False:
            schemes = trial


def repaired(ladder: Sequence[Schemes], io: str, holds: Holds) -> Iterator[Recipe]:
    """What of a ladder is to be tried: up to the first rung that holds.

    Args:
        ladder: Of schemes, with ever more operators out of int8.
        io: The type of inputs and outputs.
        holds: What is known.
    """
    for schemes in ladder:
        recipe = mixed(schemes, io)
        known = holds(recipe)
        if known is None:
            yield recipe
        if known:
            return


def mixed(schemes: Schemes, io: str) -> Recipe:
    """The recipe in which these operators have these schemes, and all others int8."""
    told = {
        scheme.value: write_numbers(number for number, one in schemes.items() if one is scheme)
        for scheme in set(schemes.values()) - {Scheme.INT8}
    }
    return Recipe((Mixed.model_validate({**told, "io": io}),))


def first_rung(ladder: Sequence[Schemes], io: str, holds: Holds) -> Schemes | None:
    """The first rung of a ladder that holds; None where none is known to."""
    return next((schemes for schemes in ladder if holds(mixed(schemes, io))), None)
