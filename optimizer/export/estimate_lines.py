"""export/: what is known of files on chips that are not here, in lines for people."""

from collections.abc import Iterator, Sequence

from optimizer.devices.boards import Board, Fit
from optimizer.devices.estimates import ESTIMATED, MEASURED_HERE, Estimate, NpuEstimate
from optimizer.export import numbers
from optimizer.export.lines import named
from optimizer.store.estimates import estimate_of, fits_of
from optimizer.store.records import StudyIndex
from optimizer.words import counted, listed

NO_MICRO = (
    "TFLite Micro is not installed, so that no arena is measured: pip install 'liteweigh[micro]' "
    "(Linux on x86-64)."
)
NO_VELA = (
    "Vela is not installed, so that nothing is estimated for Ethos-U: pip install "
    "'liteweigh[ethos-u]'."
)


def not_installed(found: Sequence[Estimate]) -> Iterator[str]:
    """What could not be looked at, because a package is not there."""
    if any(one.micro is None for one in found):
        yield NO_MICRO
    if any(not one.vela for one in found):
        yield NO_VELA


def micro_in_words(found: Estimate) -> str:
    """The arena, or why there is none."""
    micro = found.micro
    if micro is None:
        return NO_MICRO
    if micro.arena_bytes is None or micro.head_bytes is None:
        return f"{micro.reason}{cannot_run(found)}"
    return (
        f"arena {numbers.size(micro.arena_bytes)} ({numbers.size(micro.head_bytes)} for "
        f"activations, {numbers.size(micro.tail_bytes or 0)} that stay), {MEASURED_HERE}"
    )


def cannot_run(found: Estimate) -> str:
    """A sentence on what TFLite Micro cannot run, with a space before; empty for nothing."""
    return f" It cannot run {listed(found.missing)}." if found.missing else ""


def npus_in_words(npus: Sequence[NpuEstimate]) -> Iterator[str]:
    """A line for each accelerator, or one for all where none can run anything of the file."""
    reasons = {one.reason for one in npus}
    if len(npus) > 1 and len(reasons) == 1 and None not in reasons:
        yield f"Ethos-U: {npus[0].reason}"
        return
    yield from map(npu_in_words, npus)


def npu_in_words(one: NpuEstimate) -> str:
    """Cycles, time and memory, or why there are none."""
    if one.cycles is None:
        return f"{one.accelerator}: {one.reason}"
    falls = f"; on the CPU: {listed(one.on_cpu)}" if one.on_cpu else ""
    return (
        f"{one.accelerator}: {one.cycles:,} cycles, {numbers.milliseconds(one.milliseconds)} at "
        f"{one.clock_mhz:,.0f} MHz, SRAM {numbers.size(one.sram_bytes or 0)}, flash "
        f"{numbers.size(one.flash_bytes or 0)}, {ESTIMATED}{falls}"
    )


def room_in_words(room: Sequence[Fit]) -> str:
    """On how many boards there is room, or on the one by how much."""
    if len(room) == 1:
        [only] = room
        parts = [
            f"{numbers.size(abs(left))} of {what} {'left' if left >= 0 else 'missing'}"
            for what, left in (("flash", only.flash_left), ("RAM in one piece", only.ram_left))
        ]
        verdict = "fits" if only.fits else "does not fit"
        return f"{only.board.name}: {verdict}, {' and '.join(parts)}"
    return f"fits {sum(one.fits for one in room)} of {counted(len(room), 'board')}"


def estimate_lines(index: StudyIndex, among: Sequence[Board]) -> Iterator[str]:
    """Some lines for each variant that was looked at."""
    for variant in index.variants:
        found = estimate_of(index, variant)
        if found is None:
            continue
        yield f"{named(variant.recipe)} {numbers.size(variant.size_bytes)}, {micro_in_words(found)}"
        room = fits_of(variant, found, among)
        if room:
            yield f"  {room_in_words(room)}"
        for said in npus_in_words(found.npus):
            yield f"  {said}"
