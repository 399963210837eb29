"""measure/: the process that `micro` starts: python -m optimizer.measure.micro_main.

Its arguments are a file, the bytes of the arena, how many samples come on standard input, and how
many outputs the file has, which the interpreter does not tell. It writes all outputs to standard
output; what TFLite Micro prints goes to standard error.
"""

import io
import os
import sys

import numpy as np

OUTPUT = 1  # the file descriptor of standard output


def main() -> None:
    """Runs the samples."""
    answers = os.dup(OUTPUT)
    os.dup2(sys.stderr.fileno(), OUTPUT)  # native code writes to the descriptor
    from tflite_micro.python.tflite_micro import runtime  # noqa: PLC0415 (prints when it is loaded)

    file, (arena, count, given) = sys.argv[1], map(int, sys.argv[2:])
    with np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False) as kept:
        arrays = [kept[f"arr_{place}"] for place in range(len(kept.files))]
    inputs = len(arrays) // count
    interpreter = runtime.Interpreter.from_file(file, arena_size=arena)
    outputs = []
    for sample in range(count):
        for place in range(inputs):
            interpreter.set_input(arrays[sample * inputs + place], place)
        interpreter.invoke()
        outputs += [np.array(interpreter.get_output(place)) for place in range(given)]
        interpreter.reset()
    interpreter.print_allocations()
    content = io.BytesIO()
    np.savez(content, *outputs)
    with os.fdopen(answers, "wb") as stream:
        stream.write(content.getvalue())


if __name__ == "__main__":
    main()
