"""export/report/: the devices on which something was measured."""

from optimizer.choose.foreign import timed_on
from optimizer.export.report.markup import Markup, code, tag, text, value
from optimizer.export.report.tables import table
from optimizer.export.report.told import Told
from optimizer.words import counted


def measured_on(told: Told) -> Markup | None:
    """Each device with what it measured; nothing where nothing was timed."""
    timed = [row.variant for row in told.rows if row.variant.latency]
    if not timed:
        return None
    rows = [
        (
            text(one.name), code(one.id), text(one.system), value(one.cores, str(one.cores)),
            text(f"measured: latency and memory of "
                 f"{counted(sum(each.device == one.id for each in timed), 'file')}"),
        )
        for one in told.index.devices
    ]  # fmt: skip
    samples = " on random inputs" if timed[0].random_inputs else ""
    return tag(
        "section",
        tag("h2", "Where it was measured"),
        table(("Device", "Id", "System", "Cores", "What"), rows) if rows else None,
        tag(
            "p",
            f"Latencies are medians of one inference with one sample{samples} on one thread of "
            f"{timed_on(timed[0]).cpu}, with nothing else of Liteweigh running. Another CPU, a GPU "
            "or an accelerator ranks the files differently: nothing here is a promise for them.",
        ),
    )
