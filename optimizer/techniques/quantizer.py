"""techniques/: the two engines that can quantize weights and activations."""

from enum import Enum


class Quantizer(str, Enum):
    """Which program quantizes; the value is the word in the text form."""

    CONVERTER = "converter"
    LITERT = "litert"

    @property
    def label(self) -> str:
        """The name on the page."""
        return {"converter": "TensorFlow converter", "litert": "LiteRT Quantizer"}[self.value]
