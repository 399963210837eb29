"""techniques/: the two programs that can quantize weights and activations."""

from enum import Enum


class Quantizer(str, Enum):
    """Which program quantizes; the value is the word in the text form."""

    AUTO = "auto"
    CONVERTER = "converter"
    LITERT = "litert"

    @property
    def label(self) -> str:
        """The name on the page."""
        return {
            "auto": "Automatic",
            "converter": "TensorFlow converter",
            "litert": "LiteRT Quantizer",
        }[self.value]
