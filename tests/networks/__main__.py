"""tests: python -m tests.networks [NAME …] prints what each network reaches, told and by hand."""

import os
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Walks them all, or those that are named."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("LITEWEIGH_LATENCY_SECONDS", "0.1")
    from optimizer.cli.main import main as liteweigh
    from tests.networks import detectors, pictures, rows  # noqa: F401 (they register themselves)
    from tests.networks.network import NETWORKS
    from tests.networks.walk import walk

    def run(*arguments: object) -> int:
        return int(liteweigh([*map(str, arguments), "--quiet"]))

    head = ("network", "task", "headline", "recipe", "told", "by hand", "component off")
    print("{:<26} {:<15} {:<18} {:<14} {:>10} {:>10} {:>14}".format(*head))
    for name in sys.argv[1:] or NETWORKS:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            for row in walk(NETWORKS[name](), Path(folder), run):
                off = "" if row.off is None else f"{100 * row.off:.1f} %"
                print(
                    f"{name:<26} {row.task:<15} {row.metric:<18} {row.recipe:<14} "
                    f"{row.told:>10.5g} {row.by_hand:>10.5g} {off:>14}",
                    flush=True,
                )
        print(f"{name:<26} {time.monotonic() - began:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
