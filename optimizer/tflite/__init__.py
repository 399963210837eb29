"""tflite/: the `.tflite` file: read once, written, run."""
