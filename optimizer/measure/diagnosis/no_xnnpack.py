"""measure/diagnosis/: a file that the kernels of every app cannot prepare."""


def without_xnnpack(xnnpack: bool) -> tuple[str, ...]:
    """Says that the runtime's delegate had to be left out.

    Args:
        xnnpack: Whether XNNPACK runs the file, see `tflite.runner.Runner`.
    """
    if xnnpack:
        return ()
    return (
        "XNNPACK, the kernels that LiteRT uses on CPUs by default, cannot prepare this file: "
        "it ran and was timed without them, and an app has to switch them off too.",
    )
