"""choose/: two variants of a study side by side: what differs in them, and where they disagree."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from optimizer.arrays import Array, Indices
from optimizer.audit.findings import AUDIT, Finding
from optimizer.choose.paired import paired
from optimizer.choose.significance import Difference, differences
from optimizer.choose.verdict import in_words
from optimizer.data.dataset import Dataset
from optimizer.errors import StudyError
from optimizer.measure.metrics import METRICS, class_labels
from optimizer.recipes import Recipe, parse
from optimizer.store.prediction_files import Predictions, read_predictions
from optimizer.store.records import Variant
from optimizer.store.study import Study
from optimizer.techniques.technique import Technique
from optimizer.tflite.facts import WeightTensor

MOST_APART = 200  # samples of which it is kept what both say


@dataclass(frozen=True)
class Setting:
    """One thing in which two recipes differ.

    Attributes:
        step: The technique's name; empty for the conversion, where they have different ones.
        parameter: Its parameter; empty where only one recipe has the technique.
        first, second: The values in their text form; of a technique its own, and nothing.
    """

    step: str
    parameter: str
    first: str
    second: str


@dataclass(frozen=True)
class Operators:
    """How often two files have an operator."""

    name: str
    first: int
    second: int


@dataclass(frozen=True)
class Weights:
    """The weight tensors of two files that come from one layer; None where a file has none."""

    layer: str
    first: WeightTensor | None
    second: WeightTensor | None


@dataclass(frozen=True)
class ClassPair:
    """How well two files find one class.

    Attributes:
        name: What the class is called.
        samples: How many samples, or positions or boxes of them, are of it.
        first, second: The share of them that is found, 0..1.
    """

    name: str
    samples: int
    first: float
    second: float


@dataclass(frozen=True)
class Apart:
    """A sample of which two files say different things.

    Attributes:
        sample: Its place in the evaluation role.
        first, second: The class that each gives, or the sample's score in the metric.
        truth: Its class; None without labels, and where the answers are no classes.
    """

    sample: int
    first: float
    second: float
    truth: int | None


@dataclass(frozen=True)
class SideBySide:
    """Two variants, and all in which they differ.

    Attributes:
        first, second: The variants.
        recipe: What differs in their recipes.
        difference: The second's metric minus the first's, paired over samples; None where it
            cannot be known. Its p-value is of this one comparison.
        verdict: The same in a sentence; empty where there is none.
        operators: Those that the two files have a different number of.
        weights: The tensors of each layer, in the first file's order; empty where nobody looked.
        classes: Those that are found differently well, the most different first.
        apart: Samples on which they disagree, in the order of the role where they give classes,
            else the furthest apart first; at most MOST_APART.
        disagree: On how many in all; None where nothing of single samples is known.
        of_classes: Whether `apart` tells classes.
    """

    first: Variant
    second: Variant
    recipe: tuple[Setting, ...]
    difference: Difference | None
    verdict: str
    operators: tuple[Operators, ...]
    weights: tuple[Weights, ...]
    classes: tuple[ClassPair, ...]
    apart: tuple[Apart, ...]
    disagree: int | None
    of_classes: bool


def side_by_side(study: Study, first: str, second: str) -> SideBySide:
    """Sets two variants of a study side by side.

    Args:
        study: With both.
        first, second: Their recipes, as the variants have them.

    Raises:
        StudyError: there is no such variant, they are the same, or a file of one is damaged.
    """
    one, other = _variant(study, first), _variant(study, second)
    if one.recipe == other.recipe:
        raise StudyError(f"{one.recipe} is both of them. Choose two variants.")
    mine, theirs = (read_predictions(study.folder / v.predictions) for v in (one, other))
    difference = _difference(study, one, other)
    places, answers, of_classes = _where_apart(mine, theirs)
    return SideBySide(
        first=one,
        second=other,
        recipe=tuple(_settings(parse(one.recipe), parse(other.recipe))),
        difference=difference,
        verdict=_verdict(one, difference),
        operators=tuple(_operators(one, other)),
        weights=tuple(_weights(_findings(study, one), _findings(study, other))),
        classes=tuple(_classes(study, mine, theirs)),
        apart=tuple(_apart(study, places[:MOST_APART], answers, of_classes=of_classes)),
        disagree=None if answers is None else len(places),
        of_classes=of_classes,
    )


def _variant(study: Study, recipe: str) -> Variant:
    found = study.variant(recipe)
    if found is None:
        there = ", ".join(variant.recipe for variant in study.index.variants)
        raise StudyError(f"There is no variant “{recipe}”. There are: {there}.")
    return found


def _difference(study: Study, one: Variant, other: Variant) -> Difference | None:
    mine, theirs = paired(study, one), paired(study, other)
    if mine is None or theirs is None or one.metric is None:
        return None
    return differences(one.metric.name, mine, [theirs])[0]


def _verdict(one: Variant, difference: Difference | None) -> str:
    if difference is None or one.metric is None:
        return ""
    kind = METRICS[one.metric.name]
    said = in_words(difference, higher_is_better=kind.higher_is_better, share=kind.share)
    return f"{said[:1].upper()}{said[1:]}."


def _settings(one: Recipe, other: Recipe) -> Iterable[Setting]:
    """Of each training step that one lacks it, or what differs in it; the others last."""
    mine, theirs = ({step.name: step for step in recipe.training} for recipe in (one, other))
    for name in dict.fromkeys((*mine, *theirs)):
        first, second = mine.get(name), theirs.get(name)
        if first is None or second is None:
            yield Setting(name, "", str(first or ""), str(second or ""))
        else:
            yield from _parameters(first, second)
    if one.conversion.name != other.conversion.name:
        yield Setting("", "", str(one.conversion), str(other.conversion))
    else:
        yield from _parameters(one.conversion, other.conversion)
    ends = [recipe.packing for recipe in (one, other)]
    if ends[0] and ends[1] and ends[0].name == ends[1].name:
        yield from _parameters(ends[0], ends[1])
    else:
        for name in dict.fromkeys(step.name for step in ends if step):
            yield Setting(name, "", str(ends[0] or ""), str(ends[1] or ""))


def _parameters(first: Technique, second: Technique) -> Iterable[Setting]:
    for parameter in type(first).declared():
        values = [_told(step, parameter) for step in (first, second)]
        if values[0] != values[1]:
            yield Setting(first.name, parameter, *values)


def _told(step: Technique, parameter: str) -> str:
    value = getattr(step, parameter)
    return str(getattr(value, "value", value))


def _operators(one: Variant, other: Variant) -> Iterable[Operators]:
    mine, theirs = Counter(one.contents.operators), Counter(other.contents.operators)
    for name in sorted({*mine, *theirs}):
        if mine[name] != theirs[name]:
            yield Operators(name, mine[name], theirs[name])


def _findings(study: Study, variant: Variant) -> tuple[Finding, ...]:
    return AUDIT.read(study.folder / variant.audit).findings if variant.audit else ()


def _weights(mine: tuple[Finding, ...], theirs: tuple[Finding, ...]) -> Iterable[Weights]:
    """Pairs tensors by their layer; several of a layer in their order."""
    if not mine or not theirs:
        return
    tensors = [_by_layer(findings) for findings in (mine, theirs)]
    for layer in dict.fromkeys((*tensors[0], *tensors[1])):
        yield Weights(layer, tensors[0].get(layer), tensors[1].get(layer))


def _by_layer(findings: tuple[Finding, ...]) -> dict[str, WeightTensor]:
    found: dict[str, WeightTensor] = {}
    for finding in findings:
        name = finding.layer or finding.tensor.name
        count = sum(known.partition(" #")[0] == name for known in found)
        found[name if not count else f"{name} #{count + 1}"] = finding.tensor
    return found


def _classes(study: Study, mine: Predictions, theirs: Predictions) -> list[ClassPair]:
    dataset = study.index.dataset
    first, second = mine.by_class, theirs.by_class
    if first is None or second is None or dataset is None:
        return []
    names = dataset.class_names or [str(place) for place in range(len(first.samples))]
    pairs = [
        ClassPair(name, int(samples), float(found), float(other))
        for name, samples, found, other in zip(
            names, first.samples, first.recall, second.recall, strict=False
        )
        if samples and found != other
    ]
    return sorted(pairs, key=lambda pair: -abs(pair.second - pair.first))


def _where_apart(
    mine: Predictions, theirs: Predictions
) -> tuple[Indices, tuple[Array, Array] | None, bool]:
    """Places at which answers differ, all answers of both, and whether they are classes."""
    if mine.classes is not None and theirs.classes is not None:
        return np.flatnonzero(mine.classes != theirs.classes), (mine.classes, theirs.classes), True
    if mine.scores is None or theirs.scores is None:
        return np.zeros(0, int), None, False
    pair = np.asarray(mine.scores, float), np.asarray(theirs.scores, float)
    gaps = np.nan_to_num(np.abs(pair[0] - pair[1]))
    order = np.argsort(-gaps, kind="stable")
    return order[gaps[order] > 0], pair, False


def _apart(
    study: Study,
    places: Indices,
    answers: tuple[Array, Array] | None,
    *,
    of_classes: bool,
) -> Iterable[Apart]:
    if answers is None or not len(places):
        return
    truth = _truth(study, places) if of_classes else None
    for at, place in enumerate(places):
        label = None if truth is None else int(truth[at])
        yield Apart(int(place), float(answers[0][place]), float(answers[1][place]), label)


def _truth(study: Study, places: Indices) -> Indices | None:
    """The labels of samples of the evaluation role, where each has one class."""
    record = study.index.dataset
    if record is None or record.synthetic:
        return None
    dataset = Dataset(study.data_folder, record)
    if dataset.y is None:
        return None
    labels = np.asarray(dataset.y[dataset.roles.evaluation[places]])
    return class_labels(labels, len(places)).astype(np.int64)
