"""optimizer/: where the embedded sample lies."""

from pathlib import Path

FOLDER = Path(__file__).parent.parent / "examples"
MODEL = FOLDER / "fashion_mnist.keras"
DATA = FOLDER / "fashion_mnist.npz"
MODEL_NAME = "fashion_mnist"
DATA_NAME = "Fashion-MNIST"
