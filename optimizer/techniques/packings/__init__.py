"""techniques/packings/: how TFLite Micro's compressor is asked."""
