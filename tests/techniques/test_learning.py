"""tests of techniques/training/: what is learnt, from which targets, and which epoch is kept."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from optimizer.data.labels import Task
from optimizer.errors import RecipeError, TrainingError
from optimizer.models.summary import CompiledLoss
from optimizer.recipes import parse
from optimizer.techniques.finetune import Finetune
from optimizer.techniques.losses import KERAS_NAMES, unfit
from optimizer.techniques.training.feed import Feed, augment, balance, make_feed, teach
from optimizer.techniques.training.history import Moment, read
from optimizer.techniques.training.objective import Objective, objective, together
from optimizer.techniques.training.prepared import Prepared
from optimizer.techniques.training.training_loop import Fitted, fit
from optimizer.techniques.training_step import LOSSES
from tests.levels import some
from tests.refused import refused
from tests.samples import ArraySamples
from tests.variants import SUMMARY, dataset

Floats = npt.NDArray[np.float32]
FEATURES, CLASSES = 6, 3


def network(outputs: int, activation: str) -> Any:
    import tf_keras

    tf_keras.utils.set_random_seed(3)
    inputs = tf_keras.Input((FEATURES,), name="x")
    x = tf_keras.layers.Dense(24, activation="relu", name="hidden")(inputs)
    return tf_keras.Model(inputs, tf_keras.layers.Dense(outputs, activation=activation)(x))


@pytest.fixture(scope="module")
def points() -> tuple[Floats, npt.NDArray[np.int64]]:
    """300 points; the class is the largest of their first three coordinates."""
    x = np.random.default_rng(5).normal(size=(300, FEATURES)).astype(np.float32)
    return x, x[:, :CLASSES].argmax(1)


Learn = Callable[..., tuple[Any, Fitted, list[Moment]]]


@pytest.fixture
def learn(tmp_path: Path) -> Learn:
    """Trains a model: learn(model, task, x, y, epochs=3, …) gives it, how it ended, the curve."""

    def run(  # noqa: PLR0913 (each stands for a line of a recipe)
        model: Any, task: Task, x: Floats, y: Any, *, settled: int = 0, tuning: bool = True,
        folder: Path = tmp_path, compiled: CompiledLoss | None = None, teacher: Any = None,
        **parameters: Any,
    ) -> tuple[Any, Fitted, list[Moment]]:  # fmt: skip
        from optimizer.techniques.tfmot.clone import clone

        folder.mkdir(exist_ok=True)
        step = Finetune(
            **{"batch_size": 32, "learning_rate": 0.01, "distillation": 0.0, **parameters}
        )
        teacher = teacher or clone(model)
        goal = objective(
            task, chosen=step.loss, compiled=compiled, distillation=step.distillation,
            outputs=teach(teacher, (x[:20],)),
        )  # fmt: skip
        weights = balance(y[:200], CLASSES) if step.class_weights else None

        def feed(part: slice) -> Feed:
            labels = None if y is None else y[part]
            return make_feed(
                ArraySamples((x[part],)), labels, goal, teacher, batch_size=step.batch_size,
                class_weights=weights,
            )  # fmt: skip

        prepared = Prepared(model, (), finish=lambda trained: trained, settled=settled)
        fitted = fit(
            step, prepared, goal, feed(slice(0, 200)), feed(slice(200, None)) if tuning else None,
            folder, lambda *_: None,
        )  # fmt: skip
        return model, fitted, read(folder)

    return run


def ends(moments: list[Moment]) -> list[Moment]:
    """The ends of epochs."""
    return [moment for moment in moments if moment.epoch == round(moment.epoch)]


# ---- what is learnt --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("activation", "loss", "distillation"),
    some(
        [("softmax", "auto", 0.0), ("linear", "auto", 0.3),
         ("linear", "categorical_crossentropy", 0.0), ("softmax", "binary_crossentropy", 0.0)],
        quick=[("softmax", "auto", 0.0)],
    ),
)  # fmt: skip
def test_classes_are_learnt_from_probabilities_and_from_logits(
    learn: Learn, points: Any, activation: str, loss: str, distillation: float
) -> None:
    model, _, curve = learn(
        network(CLASSES, activation), Task.CLASSIFICATION, *points, epochs=8, loss=loss,
        distillation=distillation,
    )  # fmt: skip
    x, y = points
    accuracy = np.mean(model.predict(x, verbose=0).argmax(1) == y)
    assert accuracy > 0.85
    assert ends(curve)[-1].metric > 0.8
    assert ends(curve)[-1].tuning_metric


@pytest.mark.slow
def test_a_single_sigmoid_learns_two_classes(learn: Learn, points: Any) -> None:
    x, y = points
    two = (y == 0).astype(np.int64)
    model, _, _ = learn(network(1, "sigmoid"), Task.CLASSIFICATION, x, two, epochs=12)
    assert np.mean((model.predict(x, verbose=0)[:, 0] > 0.5) == two) > 0.85


@pytest.mark.slow
@pytest.mark.parametrize("loss", some(["auto", "mean_absolute_error"], quick=["auto"]))
def test_values_of_several_outputs_are_learnt(learn: Learn, points: Any, loss: str) -> None:
    x, _ = points
    target = np.stack([x[:, 0] + x[:, 1], 3 * x[:, 2]], axis=1)
    model, _, curve = learn(network(2, "linear"), Task.REGRESSION, x, target, epochs=15, loss=loss)
    assert np.mean((model.predict(x, verbose=0) - target) ** 2) < 0.2 * target.var()
    assert ends(curve)[-1].metric < ends(curve)[0].metric


@pytest.mark.slow
@pytest.mark.parametrize("activation", some(["softmax", "linear"], quick=["softmax"]))
def test_without_labels_a_disturbed_model_learns_the_float_models_answers(
    learn: Learn, points: Any, activation: str, tmp_path: Path
) -> None:
    from optimizer.techniques.tfmot.clone import clone

    x, y = points
    teacher = network(CLASSES, activation)
    learn(teacher, Task.CLASSIFICATION, x, y, epochs=10)
    said = teacher.predict(x, verbose=0)
    student = clone(teacher)
    rng = np.random.default_rng(0)
    student.set_weights([w + rng.normal(0, 0.3, w.shape) for w in student.get_weights()])
    error = np.mean((student.predict(x, verbose=0) - said) ** 2)
    learn(student, Task.UNLABELLED, x, None, teacher=teacher, epochs=15, folder=tmp_path / "2")
    assert np.mean((student.predict(x, verbose=0) - said) ** 2) < 0.3 * error


@pytest.mark.slow
def test_each_output_of_several_is_taught_without_labels(learn: Learn, points: Any) -> None:
    import tf_keras

    from optimizer.techniques.tfmot.clone import clone

    x, _ = points
    base = network(4, "relu")
    heads = [
        tf_keras.layers.Dense(CLASSES, activation="softmax")(base.output),
        tf_keras.layers.Dense(1)(base.output),
    ]
    teacher = tf_keras.Model(base.input, heads)
    student = clone(teacher)
    rng = np.random.default_rng(0)
    student.set_weights([w + rng.normal(0, 0.3, w.shape) for w in student.get_weights()])

    def errors() -> list[float]:
        pairs = zip(student.predict(x, verbose=0), teacher.predict(x, verbose=0), strict=True)
        return [float(np.mean((a - b) ** 2)) for a, b in pairs]

    before = errors()
    learn(student, Task.UNLABELLED, x, None, teacher=teacher, epochs=10)
    assert all(after < 0.5 * error for after, error in zip(errors(), before, strict=True))


def test_class_weights_let_a_rare_class_count_as_much() -> None:
    weights = balance(np.array([0] * 8 + [1] * 2), 3)
    assert weights[:2].tolist() == [0.625, 2.5]
    assert 0.8 * weights[0] + 0.2 * weights[1] == pytest.approx(1)


@pytest.mark.slow
def test_class_weights_change_what_is_learnt(learn: Learn, points: Any, tmp_path: Path) -> None:
    x, y = points
    rare = (y == 0) & (np.arange(len(y)) % 8 == 0)
    y = np.where(rare, 0, 1 + (x[:, 1] > 0))
    recall = []
    for place, weighted in enumerate((False, True)):
        model, _, _ = learn(
            network(CLASSES, "softmax"), Task.CLASSIFICATION, x, y, epochs=6,
            class_weights=weighted, folder=tmp_path / str(place),
        )  # fmt: skip
        recall.append(np.mean(model.predict(x, verbose=0).argmax(1)[rare] == 0))
    assert recall[1] > recall[0]


@pytest.mark.parametrize(
    ("compiled", "logits"),
    [(CompiledLoss("sparse_categorical_crossentropy", from_logits=True), True),
     (None, False)],
)  # fmt: skip
def test_auto_takes_the_loss_of_the_model_where_it_fits_the_labels(
    compiled: CompiledLoss | None, logits: bool
) -> None:
    import tf_keras

    goal = _objective(compiled)
    target, output = np.array([[1.0]], np.float32), np.array([[0.2, 0.5, 0.3]], np.float32)
    expected = tf_keras.losses.sparse_categorical_crossentropy(target, output, from_logits=logits)
    np.testing.assert_allclose(goal.losses[0](target, output), expected, rtol=1e-5)


def _objective(compiled: CompiledLoss | None) -> Objective:
    probabilities = np.full((4, CLASSES), 1 / CLASSES, np.float32)
    return objective(
        Task.CLASSIFICATION, chosen="auto", compiled=compiled, distillation=0.0,
        outputs=[probabilities],
    )  # fmt: skip


ROWS = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]], np.float32)
NUMBERS, ONES = np.array([[1.0], [2.0]], np.float32), np.eye(3, dtype=np.float32)[[1, 2]]
POSITIVE = np.array([[0.4, 1.5, 0.2], [2.0, 0.1, 0.7]], np.float32)
OPTIONS: dict[str, dict[str, Any]] = {
    "categorical_focal_crossentropy": {"gamma": 3.0, "alpha": 0.7},
    "categorical_generalized_cross_entropy": {},
    "binary_focal_crossentropy": {"gamma": 1.0, "alpha": 0.6, "apply_class_balancing": True},
    "huber": {"delta": 0.3},
    "tversky": {"alpha": 0.3, "beta": 0.7, "axis": (-1,)},
    "dice": {"axis": (-1,)},
}


@pytest.mark.parametrize("name", KERAS_NAMES)
@pytest.mark.parametrize("task", [Task.CLASSIFICATION, Task.REGRESSION], ids=lambda t: t.value)
def test_every_loss_of_keras_is_trained_with_as_it_was_compiled(name: str, task: Task) -> None:
    """Against Keras 3, which computes it by itself."""
    import keras

    options = OPTIONS.get(name, {})
    compiled = CompiledLoss(name, options=options)
    classes = task is Task.CLASSIFICATION
    numbered = name in {"sparse_categorical_crossentropy", "categorical_generalized_cross_entropy"}
    if numbered and not classes:
        assert unfit(compiled, task)
        return
    goal = objective(
        task, chosen="auto", compiled=compiled, distillation=0.0, outputs=[ROWS],
    )  # fmt: skip
    labels = NUMBERS if classes else POSITIVE
    theirs = NUMBERS[:, 0] if numbered else ONES if classes else POSITIVE
    loss = getattr(keras.losses, KERAS_NAMES[name])(reduction=None, **options)
    np.testing.assert_allclose(
        np.ravel(goal.losses[0](labels, ROWS)), np.ravel(loss(theirs, ROWS)), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize(
    ("name", "task", "parts"),
    [
        ("focal_of_mine", Task.CLASSIFICATION, ("focal_of_mine", "none of Keras's own")),
        ("sparse_categorical_crossentropy", Task.REGRESSION, ("takes numbers of classes",)),
    ],
)
def test_a_loss_that_cannot_be_rebuilt_is_not_replaced_in_silence(
    name: str, task: Task, parts: tuple[str, ...]
) -> None:
    model = replace(SUMMARY, loss=CompiledLoss(name))
    data = replace(dataset(), task=task)
    with refused(RecipeError, "compiled with the loss", *parts, "Choose what to train with"):
        Finetune().check(model, data)
    for way in (f"loss={LOSSES[task][0]}", "distillation=1"):
        parse(f"finetune({way})+int8").training[0].check(model, data)
    Finetune().check(model, replace(dataset(), task=Task.UNLABELLED))


def test_a_loss_for_many_classes_is_refused_for_one_output() -> None:
    with refused(RecipeError, "one output", "loss=binary_crossentropy"):
        objective(
            Task.CLASSIFICATION, chosen="sparse_categorical_crossentropy", compiled=None,
            distillation=0.0, outputs=[np.full((4, 1), 0.5, np.float32)],
        )  # fmt: skip


@pytest.mark.parametrize("logits", [False, True])
def test_several_labels_a_sample_are_learnt_each_by_itself(logits: bool) -> None:
    import tf_keras

    outputs = np.array([[0.9, 0.8, 0.1], [0.2, 0.7, 0.6]], np.float32)
    outputs = outputs * 4 - 2 if logits else outputs
    goal = objective(
        Task.MULTI_LABEL, chosen="auto", compiled=None, distillation=0.0, outputs=[outputs]
    )
    target = np.array([[1, 0, 0], [0, 1, 1]], np.float32)
    expected = tf_keras.losses.binary_crossentropy(target, outputs, from_logits=logits)
    np.testing.assert_allclose(goal.losses[0](target, outputs), expected, rtol=1e-5)
    assert goal.metric_name == "label_accuracy"
    np.testing.assert_allclose(goal.metric(target, outputs), [2 / 3, 1])


def test_outputs_without_labels_learn_from_the_float_model() -> None:
    images, values = np.full((4, 2, 2, 1), 0.5, np.float32), np.ones((4, 1), np.float32)
    goal = objective(
        Task.REGRESSION, chosen="auto", compiled=None, distillation=0.0,
        outputs=[images, values], labelled=1,
    )  # fmt: skip
    labels = np.full((4, 1), 3, np.float32)
    [taught, mixed] = goal.targets(labels, [images, values])
    np.testing.assert_array_equal(taught, images)
    np.testing.assert_array_equal(mixed, np.concatenate([values, labels], axis=1))
    np.testing.assert_allclose(goal.losses[1](mixed, values), [4, 4, 4, 4])
    assert float(np.max(goal.losses[0](taught, images))) == 0


def test_every_output_with_labels_of_its_own_learns_from_these() -> None:
    import tf_keras

    classes, values = np.array([[0.7, 0.3], [0.4, 0.6]], np.float32), np.ones((2, 1), np.float32)
    image = np.full((2, 3, 3, 1), 0.5, np.float32)
    common: dict[str, Any] = {"chosen": "auto", "compiled": None, "distillation": 0.4}
    outputs = [values, image, classes]
    first = objective(Task.CLASSIFICATION, outputs=outputs, labelled=2, **common)
    second = objective(Task.REGRESSION, outputs=outputs, labelled=0, **common)
    goal = together(first, {0: second})
    numbers, wanted = np.array([[1], [1]], np.float32), np.array([[3], [4]], np.float32)
    targets = goal.targets((numbers, wanted), outputs)
    # The teacher says what the model says, so that only the labels' share of the loss is left.
    found = [
        np.asarray(loss(t, o)) for loss, t, o in zip(goal.losses, targets, outputs, strict=True)
    ]
    np.testing.assert_allclose(found[0], 0.6 * (wanted[:, 0] - 1) ** 2, rtol=1e-5)
    assert float(found[1].max()) == 0, "without labels it is the float model alone that teaches"
    crossentropy = tf_keras.losses.sparse_categorical_crossentropy(numbers, classes)
    np.testing.assert_allclose(found[2], 0.6 * np.asarray(crossentropy), rtol=1e-5)
    feed = make_feed(
        ArraySamples((image,)), numbers[:, 0], goal, None, batch_size=2, class_weights=None,
        further=(wanted,),
    )  # fmt: skip
    assert [each.shape for each in feed.labels] == [(2, 1), (2, 1)]


@pytest.mark.parametrize("axis", [-1, 1])
@pytest.mark.parametrize("logits", [False, True])
def test_positions_are_learnt_each_by_itself_but_for_those_that_nobody_judged(
    axis: int, logits: bool
) -> None:
    import tf_keras

    rng = np.random.default_rng(3)
    outputs = rng.normal(size=(4, 5, 6, 3)).astype(np.float32)
    if not logits:
        outputs = np.exp(outputs) / np.exp(outputs).sum(axis=-1, keepdims=True)
    classes = rng.integers(0, 3, (4, 5, 6))
    labels = np.where(rng.random(classes.shape) < 0.2, -1, classes).astype(np.float32)
    losses = np.asarray(
        tf_keras.losses.sparse_categorical_crossentropy(classes, outputs, from_logits=logits)
    )
    judged = labels >= 0
    expected = [losses[at][judged[at]].mean() for at in range(4)]
    right = [(outputs[at].argmax(-1) == classes[at])[judged[at]].mean() for at in range(4)]

    given = np.moveaxis(outputs, -1, axis)
    hard = objective(
        Task.PER_POSITION, chosen="auto", compiled=None, distillation=0.0, outputs=[given],
        positions=(5, 6),
    )  # fmt: skip
    [target] = hard.targets(labels, None)
    np.testing.assert_allclose(hard.losses[0](target, given), expected, rtol=1e-5)
    np.testing.assert_allclose(hard.metric(target, given), right, rtol=1e-5)

    half = objective(
        Task.PER_POSITION, chosen="auto", compiled=None, distillation=0.5, outputs=[given],
        positions=(5, 6),
    )  # fmt: skip
    [target] = half.targets(labels, [given])  # the teacher says what the model says: no divergence
    np.testing.assert_allclose(
        half.losses[0](target, given), 0.5 * np.array(expected), rtol=1e-4, atol=1e-5
    )
    assert half.metric_name == "position_accuracy"


def test_a_picture_of_one_pixel_learns_as_a_row_does() -> None:
    rows = np.array([[0.2, 0.5, 0.3], [0.6, 0.3, 0.1]], np.float32)
    labels = np.array([[1.0], [1.0]], np.float32)
    losses = []
    for outputs in (rows, rows.reshape(2, 1, 1, 3), rows.reshape(2, 3, 1, 1)):
        goal = objective(
            Task.CLASSIFICATION, chosen="auto", compiled=None, distillation=0.3, outputs=[outputs]
        )
        [target] = goal.targets(labels, [outputs])
        losses.append(np.asarray(goal.losses[0](target, outputs)))
        np.testing.assert_allclose(goal.metric(target, outputs), [1, 0])
    np.testing.assert_allclose(losses[0], 0.7 * -np.log([0.5, 0.3]), rtol=1e-4)
    np.testing.assert_allclose(losses[1:], [losses[0]] * 2, rtol=1e-6)


# What an output means is known from the task, its activation and the compiled loss.
IN_0_TO_1 = np.linspace(0.05, 0.95, 12, dtype=np.float32)[:, None]
BCE = CompiledLoss("binary_crossentropy")
SQUARED, CROSS = "squared error", "binary crossentropy"


@pytest.mark.parametrize(
    ("task", "activation", "compiled", "loss"),
    [
        (Task.REGRESSION, "linear", CompiledLoss("mean_squared_error"), SQUARED),
        (Task.REGRESSION, "sigmoid", None, SQUARED),
        (Task.REGRESSION, "", None, SQUARED),
        (Task.REGRESSION, "sigmoid", BCE, CROSS),
        (Task.CLASSIFICATION, "sigmoid", None, CROSS),
        (Task.CLASSIFICATION, "", BCE, CROSS),
        (Task.CLASSIFICATION, "linear", None, SQUARED),
        (Task.CLASSIFICATION, "", CompiledLoss("binary_crossentropy", from_logits=True), SQUARED),
        (Task.CLASSIFICATION, "", None, CROSS),  # nothing is known: the values tell
        (Task.UNLABELLED, "linear", None, SQUARED),
        (Task.UNLABELLED, "sigmoid", None, CROSS),
    ],
)
def test_what_is_known_of_an_output_decides_how_the_float_model_teaches(
    task: Task, activation: str, compiled: CompiledLoss | None, loss: str
) -> None:
    taught, out = IN_0_TO_1, IN_0_TO_1[::-1].copy()
    goal = objective(
        task, chosen="auto", compiled=compiled, distillation=1.0, outputs=[taught],
        activations=(activation,),
    )  # fmt: skip
    [target] = goal.targets(np.zeros((12, 1), np.float32), [taught])
    expected = {
        SQUARED: (taught - out)[:, 0] ** 2 / taught.var(),
        CROSS: -(taught * np.log(out) + (1 - taught) * np.log(1 - out))[:, 0],
    }
    np.testing.assert_allclose(goal.losses[0](target, out), expected[loss], rtol=1e-4)


def test_labels_of_a_logit_between_0_and_1_are_learnt_as_those_of_a_logit() -> None:
    import tf_keras

    goal = objective(
        Task.CLASSIFICATION, chosen="auto", compiled=None, distillation=0.0, outputs=[IN_0_TO_1],
        activations=("linear",),
    )  # fmt: skip
    labels = np.ones((12, 1), np.float32)
    expected = tf_keras.losses.binary_crossentropy(labels, IN_0_TO_1, from_logits=True)
    np.testing.assert_allclose(goal.losses[0](labels, IN_0_TO_1), expected, rtol=1e-5)
    np.testing.assert_allclose(goal.metric(labels, IN_0_TO_1), np.ones(12))  # cut at 0


def test_a_logit_is_cut_at_zero_in_curves_too() -> None:
    outputs = np.array([[0.3], [-2.0], [2.0]], np.float32)
    goal = objective(
        Task.CLASSIFICATION, chosen="auto", compiled=None, distillation=0.0, outputs=[outputs]
    )
    np.testing.assert_allclose(goal.metric(np.ones((3, 1), np.float32), outputs), [1, 0, 1])


# ---- augmentation ----------------------------------------------------------------------------


def test_images_are_mirrored_and_shifted_the_same_way_for_the_same_seed() -> None:
    images = np.arange(2 * 16 * 16).reshape(2, 16, 16, 1).astype(np.float32)
    seen = {np.asarray(augment(images, (seed, 0), True, False)).tobytes() for seed in range(20)}
    mirrored = images[:, :, ::-1]
    assert images.tobytes() in seen
    assert mirrored.tobytes() in seen
    first, again, other = (
        np.asarray(augment(images, (seed, 0), False, True)) for seed in (1, 1, 2)
    )
    assert first.shape == images.shape
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    for shifted, image in zip(first, images, strict=True):
        # What stays in the picture only moved: by at most an eighth of the side.
        moved = [
            np.array_equal(shifted[2 + r : 14 + r, 2 + c : 14 + c], image[2:14, 2:14])
            for r in range(-2, 3)
            for c in range(-2, 3)
        ]
        assert sum(moved) == 1


@pytest.mark.slow
def test_augmented_training_learns(learn: Learn) -> None:
    import tf_keras

    rng = np.random.default_rng(0)
    y = np.arange(300) % 2
    x = (rng.random((300, 8, 8, 1)) * np.where(y, 1.0, 0.3)[:, None, None, None]).astype(np.float32)
    inputs = tf_keras.Input((8, 8, 1))
    flat = tf_keras.layers.Flatten()(inputs)
    model = tf_keras.Model(inputs, tf_keras.layers.Dense(2, activation="softmax")(flat))
    model, _, _ = learn(
        model, Task.CLASSIFICATION, x, y, epochs=10, learning_rate=0.05, augmentation="flip_shift"
    )
    assert np.mean(model.predict(x, verbose=0).argmax(1) == y) > 0.9


# ---- which epoch is kept ---------------------------------------------------------------------


@pytest.mark.slow
def test_the_weights_of_the_best_epoch_are_kept(learn: Learn, points: Any) -> None:
    x, y = points
    noisy = np.where(np.arange(len(y)) % 3 == 0, (y + 1) % CLASSES, y)
    model, fitted, curve = learn(
        network(CLASSES, "softmax"), Task.CLASSIFICATION, x, noisy, epochs=30, patience=0,
        plateau=0,
    )  # fmt: skip
    losses = [moment.tuning_loss for moment in ends(curve)]
    assert fitted.epochs == len(losses) == 30
    assert fitted.best_epoch == 1 + int(np.argmin(np.array(losses, float)))
    assert 1 < fitted.best_epoch < 30
    output = model.predict(x[200:], verbose=0)
    loss = float(np.mean(-np.log(output[np.arange(100), noisy[200:]])))
    assert loss == pytest.approx(min(float(loss) for loss in losses if loss), rel=1e-3)


@pytest.mark.slow
def test_training_ends_early_and_the_learning_rate_falls_on_a_plateau(
    learn: Learn, points: Any
) -> None:
    x, y = points
    noisy = np.where(np.arange(len(y)) % 3 == 0, (y + 1) % CLASSES, y)
    _, fitted, curve = learn(
        network(CLASSES, "softmax"), Task.CLASSIFICATION, x, noisy, epochs=60, patience=6,
        plateau=2, learning_rate=0.05, decay="none",
    )  # fmt: skip
    assert fitted.epochs == fitted.best_epoch + 6 < 60
    rates = [moment.learning_rate for moment in ends(curve)]
    assert rates[0] == pytest.approx(0.05)
    assert rates[-1] < rates[0]
    assert all(late in (early, pytest.approx(early / 2)) for early, late in pairwise(rates))


@pytest.mark.slow
def test_the_learning_rate_falls_along_a_cosine(learn: Learn, points: Any) -> None:
    _, _, curve = learn(
        network(CLASSES, "softmax"), Task.CLASSIFICATION, *points, epochs=4, learning_rate=0.01,
        plateau=0,
    )  # fmt: skip
    rates = [moment.learning_rate for moment in ends(curve)]
    last = (7 * np.arange(1, 5) - 1) / 28  # the last of seven steps of each epoch
    np.testing.assert_allclose(rates, 0.01 * (1 + np.cos(np.pi * last)) / 2, rtol=1e-4)


@pytest.mark.slow
def test_an_epoch_before_the_zeros_are_all_there_is_not_kept(learn: Learn, points: Any) -> None:
    _, fitted, _ = learn(
        network(CLASSES, "softmax"), Task.CLASSIFICATION, *points, epochs=4, settled=3
    )
    assert fitted.best_epoch == 4


def test_without_a_tuning_role_the_last_epoch_is_kept(learn: Learn, points: Any) -> None:
    _, fitted, curve = learn(
        network(CLASSES, "softmax"), Task.CLASSIFICATION, *points, epochs=3, tuning=False
    )
    assert fitted.best_epoch == fitted.epochs == 3
    assert all(moment.tuning_loss is None for moment in curve)


# ---- going on, and going wrong ---------------------------------------------------------------


class Killed(BaseException):
    """Stands for the end of the process."""


@pytest.mark.slow
def test_a_training_that_was_killed_goes_on_from_its_last_epoch_and_ends_the_same(
    learn: Learn, points: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from optimizer.techniques.training import training_loop as fitting

    def train(folder: str) -> tuple[Any, Fitted, list[Moment]]:
        return learn(
            network(CLASSES, "softmax"), Task.CLASSIFICATION, *points, epochs=5,
            folder=tmp_path / folder,
        )  # fmt: skip

    whole, _, curve = train("whole")
    batch_end = fitting._Watch.on_train_batch_end

    def die(watch: Any, batch: int, logs: Any = None) -> None:
        batch_end(watch, batch, logs)
        if watch.state.epoch == 3 and batch == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(fitting._Watch, "on_train_batch_end", die)
        with pytest.raises(Killed):
            train("killed")
    resumed, fitted, again = train("killed")
    assert fitted.epochs == 5
    assert [moment.step for moment in again] == [moment.step for moment in curve]
    for weights, expected in zip(resumed.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-6)


def test_a_loss_that_becomes_nan_ends_the_training_with_advice(learn: Learn, points: Any) -> None:
    x, _ = points
    target = x[:, :2] * 1e30
    with refused(TrainingError, "became", "epoch 1", "smaller learning rate, such as 1e-01"):
        learn(network(2, "linear"), Task.REGRESSION, x, target, epochs=3, learning_rate=1.0)


@pytest.mark.slow
def test_tensorboard_finds_its_log(learn: Learn, points: Any, tmp_path: Path) -> None:
    learn(network(CLASSES, "softmax"), Task.CLASSIFICATION, *points, epochs=1)
    assert list((tmp_path / "tensorboard").rglob("events.out.tfevents.*"))
