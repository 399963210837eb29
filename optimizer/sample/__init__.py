"""sample/: the embedded sample, and where it lies."""

from pathlib import Path

FOLDER = Path(__file__).parent
MODEL = FOLDER / "fashion_mnist.keras"
DATA = FOLDER / "fashion_mnist.npz"
MODEL_NAME = "fashion_mnist"
DATA_NAME = "Fashion-MNIST"
