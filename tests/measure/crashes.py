"""tests of measure/: stands in for the process that runs a file alone, and crashes."""

import json
import os
import sys
import time
from pathlib import Path

when = Path(sys.argv[1]).name
if when == "asleep":
    time.sleep(60)
if when == "after the interpreter":
    sys.stdout.write(json.dumps({"memory": {"peak_bytes": 2, "model_bytes": 1}}) + "\n")
sys.stdout.write('{"profile": {"oper')  # and what comes half is no JSON
sys.stdout.flush()
os.abort()
