"""tests of sweeps.py: one text for several recipes."""

import pytest

from optimizer.errors import RecipeError
from optimizer.recipes import parse
from optimizer.sweeps import expand, swept
from tests.refused import refused


def texts(text: str) -> list[str]:
    return [str(recipe) for recipe in expand(text)]


def test_a_sparsity_from_05_to_09_in_five_steps_is_five_recipes() -> None:
    shares = [recipe.steps[0].final_sparsity for recipe in expand(  # type: ignore[attr-defined]
        "prune(final_sparsity=0.5..0.9/5,epochs=2)+int8"
    )]  # fmt: skip
    assert shares == [0.5, 0.6, 0.7, 0.8, 0.9]
    assert all(recipe.steps[0].epochs == 2 for recipe in expand(  # type: ignore[attr-defined]
        "prune(final_sparsity=0.5..0.9/5,epochs=2)+int8"
    ))  # fmt: skip


def test_whole_numbers_are_rounded_and_none_is_there_twice() -> None:
    clusters = "cluster(number_of_clusters={})+int8"
    assert texts(clusters.format("8..9/4")) == [clusters.format(8), clusters.format(9)]
    assert texts("cluster(number_of_clusters=64..8/3)+int8") == [
        clusters.format(64), clusters.format(36), clusters.format(8),
    ]  # fmt: skip


def test_several_sweeps_are_every_combination() -> None:
    found = texts("prune(final_sparsity=.6..0.7/2)+cluster(number_of_clusters=8..32/2)+int8")
    assert found == [
        f"prune(final_sparsity={share})+cluster(number_of_clusters={count})+int8"
        for share in (0.6, 0.7) for count in (8, 32)
    ]  # fmt: skip
    small = texts("prune(learning_rate=1e-4..3e-4/2,final_sparsity=0.6..0.7/2)+int8")
    assert len(small) == 4


@pytest.mark.parametrize(
    "text", ["int8", "prune(final_sparsity=0.8)+int8", "prune(layers=a..b/2)+int8"]
)
def test_a_text_without_a_sweep_is_its_recipe(text: str) -> None:
    assert expand(text) == (parse(text),)


@pytest.mark.parametrize(
    "text",
    [
        "prune(final_sparsity=0.5..0.9/1)+int8",
        "prune(final_sparsity=0.5..0.9/1000)+int8",
        "prune(final_sparsity=0.5..0.9/20,epochs=1..10/10)+int8",
        "prune(final_sparsity=0.5..9/5)+int8",
        "prune(sparsity=0.5..0.9/5)+int8",
        "prune(final_sparsity=0.5..0.9)+int8",
    ],
    ids=["one step", "too many steps", "too many", "out of bounds", "no parameter", "no steps"],
)
def test_what_is_no_sweep_is_refused_with_a_way_out(text: str) -> None:
    with refused(RecipeError):
        expand(text)


def test_a_sweep_of_a_recipe_reads_back() -> None:
    recipe = parse("prune(final_sparsity=0.75,epochs=3)+int8(io=uint8)")
    text = swept(recipe, "prune", "final_sparsity", 0.6, 0.8, 2)
    assert text == "prune(epochs=3,final_sparsity=0.6..0.8/2)+int8(io=uint8)"
    assert texts(text) == [
        f"prune(final_sparsity={share},epochs=3)+int8(io=uint8)" for share in (0.6, 0.8)
    ]
