"""choose/: a study as another device sees it: with the latencies and the memory measured there."""

from optimizer.devices.device import Device
from optimizer.errors import StudyError
from optimizer.store.device_runs import found_there
from optimizer.store.records import StudyIndex, Variant

UNPROFILED = "What single operators take is not measured on other devices."


def seen_on(index: StudyIndex, device: str | None) -> StudyIndex:
    """The index with what a device measured in the place of what Liteweigh itself did.

    A file that did not run there has no latency then. All else is the same: what a file says was
    judged here, and `FileThere.differs` tells where it says something else there.

    Args:
        index: Of a study.
        device: The id of one of its devices; None leaves it as it is, and so does one on which
            Liteweigh itself measured.
    """
    if device is None or device_called(index, device).by == "app":
        return index
    variants = tuple(_on(variant, index, device) for variant in index.variants)
    return index.model_copy(update={"variants": variants})


def device_called(index: StudyIndex, device: str) -> Device:
    """One of a study's devices, by its id.

    Raises:
        StudyError: nothing was measured on such a one.
    """
    found = next((one for one in index.devices if one.id == device), None)
    if found is None:
        raise StudyError(f"Nothing of this study was measured on a device {device}.")
    return found


def _on(variant: Variant, index: StudyIndex, device: str) -> Variant:
    there = found_there(index, variant, device)
    run, file = there or (None, None)
    return variant.model_copy(
        update={
            "latency": file.latency if file else None,
            "other_latencies": (),
            "memory": file.memory if file else None,
            "profile": None,
            "unprofiled": UNPROFILED,
            "timed_on": run.environment if run else None,
            "timed": run.began if run else None,
            "device": device if run else None,
        }
    )


def where(index: StudyIndex, variant: Variant) -> str:
    """What the device is called that measured a variant's latency; else the CPU that did."""
    found = next((one.name for one in index.devices if one.id == variant.device), None)
    return found or (variant.timed_on or variant.environment).cpu


def several_devices(index: StudyIndex, variant: Variant) -> str:
    """The same where a study has several; empty where it has one, that needs no name."""
    return where(index, variant) if len(index.devices) > 1 else ""
