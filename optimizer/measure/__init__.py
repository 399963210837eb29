"""measure/: what a variant costs and buys, always read from the .tflite file that ships."""
