"""tests of tflite/."""
