"""techniques/tfmot/: the layers in which quantization-aware training keeps zeros and clusters.

By the names of their classes, so that who explains a file needs no TensorFlow. tfmot 0.8.1 has
preserving schemes for no others.
"""

WHOLE = ("Conv2D", "Dense")
KEPT_IN = (*WHOLE, "SeparableConv2D")
"""tfmot splits a SeparableConv2D into two layers, the second of which is one of those."""
