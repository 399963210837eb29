"""techniques/: which scheme each operator of a mixed file has, checked against the float file."""

from collections.abc import Mapping, Sequence

from optimizer.errors import ConversionError
from optimizer.techniques.operator_numbers import write_numbers
from optimizer.techniques.scheme import FloatOperator, Scheme
from optimizer.words import counted, either


def plan(asked: Mapping[int, Scheme], operators: Sequence[FloatOperator]) -> tuple[Scheme, ...]:
    """The scheme of each operator: what is asked for, what goes with that, and else int8.

    Operators that have no int8 form stay in float.

    Args:
        asked: The scheme by an operator's number.
        operators: All operators of the float file, by number.

    Raises:
        ConversionError: there is no such operator, it cannot have the scheme, or two that use the
            same weights are to have different ones.
    """
    _check(asked, operators)
    schemes = []
    for operator in operators:
        wanted = {number: asked[number] for number in operator.together if number in asked}
        if len(set(wanted.values())) > 1:
            said = " and ".join(f"{n} is to be {s.label}" for n, s in sorted(wanted.items()))
            raise ConversionError(
                f"Operators {write_numbers(operator.together)} use the same weights, but {said}. "
                "Give them one scheme."
            )
        default = Scheme.INT8 if Scheme.INT8 in operator.choices else Scheme.FLOAT
        schemes.append(next(iter(wanted.values()), default))
    return tuple(schemes)


def _check(asked: Mapping[int, Scheme], operators: Sequence[FloatOperator]) -> None:
    missing = sorted(number for number in asked if number >= len(operators))
    if missing:
        raise ConversionError(
            f"There is no operator {write_numbers(missing)}: the float file has "
            f"{counted(len(operators), 'operator')}, numbered from 0 to {len(operators) - 1}."
        )
    for number, scheme in sorted(asked.items()):
        operator = operators[number]
        if scheme in operator.choices:
            continue
        if not operator.choices:
            raise ConversionError(
                f"Operator {number} ({operator.name}) computes with whole numbers; nothing can "
                "be chosen there. Leave it out."
            )
        raise ConversionError(
            f"Operator {number} ({operator.name}) cannot be {scheme.label}. It can be "
            f"{either([choice.label for choice in operator.choices])}."
        )
