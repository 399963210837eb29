"""devices/: the process that `vela` starts: python -m optimizer.devices.vela_main.

Its arguments are a file, a folder for what Vela writes, and accelerators. It writes a line of JSON
for each that Vela could compile for; what Vela prints goes to standard error.
"""

import contextlib
import csv
import io
import json
import os
import re
import sys
import traceback
from pathlib import Path
from typing import Any

OUTPUT = 1  # the file descriptor of standard output
FALLS_BACK = re.compile(r"Warning \(supported operators\) operator: (\S+?)[,\s]")
COUNTED = re.compile(r"NPU operators = (\d+)")


def main() -> None:
    """Compiles for one accelerator after the other."""
    answers = os.dup(OUTPUT)
    os.dup2(sys.stderr.fileno(), OUTPUT)
    from ethosu.vela import vela  # noqa: PLC0415 (prints)

    file, folder, *accelerators = sys.argv[1:]
    with os.fdopen(answers, "w") as stream:
        for accelerator in accelerators:
            out = Path(folder) / accelerator
            said = io.StringIO()
            try:
                with contextlib.redirect_stdout(said):
                    vela.main([file, "--accelerator-config", accelerator, "--output-dir", str(out)])
            except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever a broken file leads to)
                traceback.print_exc()
                refused = {"accelerator": accelerator, "refused": str(error)}
                print(json.dumps(refused), file=stream, flush=True)
                continue
            sys.stderr.write(said.getvalue())
            summary = next(out.glob("*_summary_*.csv"), None)
            if summary is not None:
                found = _read(accelerator, summary, said.getvalue())
                print(json.dumps(found, allow_nan=True), file=stream, flush=True)


def _read(accelerator: str, summary: Path, said: str) -> dict[str, Any]:
    """What a summary and the printed lines have, as `vela._estimate` takes it."""
    with summary.open(newline="") as table:
        row = next(csv.DictReader(table))
    counted = COUNTED.search(said)
    stored = ("on_chip_flash_memory_used", "off_chip_flash_memory_used", "dram_memory_used")
    return {
        "accelerator": accelerator,
        "clock_mhz": float(row["core_clock"]) / 1e6,
        "cycles": float(row["cycles_total"]),
        "seconds": float(row["inference_time"]),
        "sram_kib": float(row["sram_memory_used"]),
        "flash_kib": sum(float(row[name]) for name in stored),
        "on_npu": int(counted[1]) if counted else 0,
        "on_cpu": sorted(set(FALLS_BACK.findall(said))),
    }


if __name__ == "__main__":
    main()
