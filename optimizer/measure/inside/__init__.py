"""measure/inside/: every operator and tensor of a .tflite file, and where the file can run."""
