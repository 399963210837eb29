"""tests of techniques/structure/: which channels go, of networks whose costs are plain sums."""

from dataclasses import dataclass

import numpy as np
import pytest

from optimizer.techniques.structure.anatomy import Cost, Counts
from optimizer.techniques.structure.choose import choose
from optimizer.techniques.structure.target import Rounding, Target

ANY = Rounding(floor=0.0, multiple=1)


@dataclass(frozen=True)
class Sums:
    """A network in which each channel of a block costs the same."""

    sizes: tuple[int, ...]
    prices: tuple[int, ...]

    @property
    def whole(self) -> Counts:
        return list(self.sizes)

    def cost(self, counts: Counts) -> Cost:
        macs = sum(count * price for count, price in zip(counts, self.prices, strict=True))
        return Cost(macs, macs, macs)


def left(network: Sums, scores: list[list[float]], macs: float) -> list[int]:
    kept = choose(
        network,  # type: ignore[arg-type]
        [np.array(each) for each in scores],
        Target(macs=macs),
        ANY,
        set(range(len(scores))),
        uniform=False,
        whole=network.cost(network.whole),
    )
    return [len(places) for places in kept]


def test_the_least_important_channels_go() -> None:
    network = Sums((4, 4), (1, 1))
    assert left(network, [[5.0, 6, 7, 8], [1.0, 2, 3, 9]], 5 / 8) == [4, 1]


def test_what_went_in_vain_comes_back() -> None:
    # The cheap block's channels go first, and one of the dear ones alone reaches the target.
    network = Sums((3, 2), (1, 100))
    assert left(network, [[1.0, 2, 9], [3.0, 9]], 0.6) == [3, 1]


def test_a_block_may_come_back_whole_where_another_one_is_not_to_lose_more() -> None:
    network = Sums((2, 2, 4), (1, 1, 100))
    assert left(network, [[1.0, 20], [2.0, 30], [3.0, 4, 50, 60]], 0.55) == [2, 2, 2]


@pytest.mark.parametrize("macs", [0.2, 0.35, 0.5, 0.8, 0.99])
def test_the_target_is_reached_and_no_channel_could_stay_besides(macs: float) -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        sizes = tuple(int(size) for size in rng.integers(2, 9, 4))
        network = Sums(sizes, tuple(int(price) for price in rng.integers(1, 500, 4)))
        counts = left(network, [list(rng.permutation(size) + rng.random()) for size in sizes], macs)
        whole, now = network.cost(network.whole), network.cost(counts)
        if network.cost([1, 1, 1, 1]).macs > macs * whole.macs:
            continue  # out of reach, which is said before
        assert now.macs <= macs * whole.macs
        for block, (count, size) in enumerate(zip(counts, sizes, strict=True)):
            if count < size:
                more = [*counts]
                more[block] += 1
                assert network.cost(more).macs > macs * whole.macs
