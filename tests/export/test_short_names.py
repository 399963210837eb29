"""tests of export/: short names of long recipes."""

from optimizer.export.short_names import LONGEST, short_names
from optimizer.recipes import parse

SWEEP = [
    f"prune(final_sparsity={sparsity},epochs={epochs})+int8(calibration_samples=100)"
    for sparsity in (0.5, 0.6, 0.7, 0.9)
    for epochs in (3, 7)
]


def texts(*recipes: str) -> list[str]:
    return [str(parse(recipe)) for recipe in recipes]


def test_a_short_recipe_is_its_own_name() -> None:
    recipes = texts("float32", "int8(io=uint8)", "prune+int8")
    assert list(short_names(recipes).items()) == [(recipe, recipe) for recipe in recipes]


def test_a_sweep_is_told_apart_by_what_differs() -> None:
    recipes = texts(*SWEEP)
    names = short_names(recipes)
    assert len(set(names.values())) == len(recipes)
    assert all(len(name) <= LONGEST for name in names.values())
    for recipe, name in names.items():
        [step] = [part for part in parse(recipe).steps if part.name == "prune"]
        assert str(step.final_sparsity) in name  # type: ignore[attr-defined]
        assert "100" not in name, "all have it"


def test_a_parameter_that_one_neighbour_leaves_at_its_default_is_told() -> None:
    recipes = texts(
        "prune(final_sparsity=0.7,epochs=3)+int8(calibration_samples=50)",
        "prune(final_sparsity=0.7,epochs=3)+int8",
    )
    long, default = short_names(recipes).values()
    assert long == "prune(…)+int8(50)"
    assert default.startswith("prune(…)+int8(")
    assert default != long
