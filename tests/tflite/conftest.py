"""tests of tflite/: the models and files that the tests of measure/ have too."""

from tests.measure.conftest import cnn, convert, flex_file, images, variants

__all__ = ["cnn", "convert", "flex_file", "images", "variants"]
