"""examples/: trains the embedded sample and writes its model and data.

    python -m examples.train_sample --source DIR

DIR holds the four `*-ubyte.gz` files of Fashion-MNIST (Debian: the package
`dataset-fashion-mnist` puts them in /usr/share/datasets/fashion-mnist). The script
writes `fashion_mnist.keras` and `fashion_mnist.npz` into `optimizer/sample/` and prints the
accuracy on all 10,000 official test images. Two CPU cores need about a quarter of an hour. Run it
with Python 3.10: its Keras 3.12 writes a file that every supported Python can read.
"""

import argparse
import gzip
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from optimizer import sample

SEED = 20
CLASSES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
           "Bag", "Ankle boot")  # fmt: skip
TRAINING_KEPT = 6_000  # images per part of the .npz: model and data together stay below 6 MB
TEST_KEPT = 5_000

Images = npt.NDArray[np.uint8]  # (n, 28, 28, 1)
Labels = npt.NDArray[np.uint8]  # (n,)


def read_idx(source: Path, part: str) -> tuple[Images, Labels]:
    """Reads images and labels of one part ("train" or "t10k") in the IDX format.

    The format is described at the end of http://yann.lecun.com/exdb/mnist: a header of
    16 bytes before the images and of 8 before the labels, then one byte a value.
    """
    images = gzip.decompress((source / f"{part}-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((source / f"{part}-labels-idx1-ubyte.gz").read_bytes())[8:]
    return (
        np.frombuffer(images, np.uint8).reshape(-1, 28, 28, 1),
        np.frombuffer(labels, np.uint8),
    )


def separable_block(x: keras.KerasTensor, filters: int, strides: int = 1) -> keras.KerasTensor:
    """Depthwise then pointwise convolution, each with BatchNormalization and ReLU6 (MobileNet)."""
    x = keras.layers.DepthwiseConv2D(3, strides=strides, padding="same", use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU(max_value=6.0)(x)
    x = keras.layers.Conv2D(filters, 1, use_bias=False)(x)
    x = keras.layers.BatchNormalization()(x)
    return keras.layers.ReLU(max_value=6.0)(x)


def build() -> keras.Model:
    """A MobileNet-like network of 139,000 parameters for inputs of 28x28x1 in 0..1."""
    inputs = keras.Input((28, 28, 1), name="image")
    x = keras.layers.Conv2D(32, 3, strides=1, padding="same", use_bias=False)(inputs)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.ReLU(max_value=6.0)(x)
    x = separable_block(x, 64, strides=2)
    x = separable_block(x, 128)
    x = separable_block(x, 128, strides=2)
    x = separable_block(x, 256)
    x = separable_block(x, 256)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.2)(x)
    outputs = keras.layers.Dense(10, activation="softmax", name="probabilities")(x)
    return keras.Model(inputs, outputs, name="fashion_mnist")


def augment(images: Images, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Mirrors half of the images and shifts each by up to two pixels, scaled to 0..1."""
    out = np.zeros(images.shape, np.float32)
    padded = np.pad(images, ((0, 0), (2, 2), (2, 2), (0, 0)))
    mirrored = rng.random(len(images)) < 0.5
    shifts = rng.integers(0, 5, (len(images), 2))
    for i, (row, column) in enumerate(shifts):
        image = padded[i, row : row + 28, column : column + 28]
        out[i] = image[:, ::-1] if mirrored[i] else image
    return out / 255.0


class Augmented(keras.utils.PyDataset):
    """Batches of one epoch, augmented anew each time."""

    def __init__(self, images: Images, labels: Labels, batch: int) -> None:
        super().__init__()
        self.images, self.labels, self.batch = images, labels, batch
        self.rng = np.random.default_rng(SEED)
        self.order = self.rng.permutation(len(images))

    def __len__(self) -> int:
        return len(self.images) // self.batch

    def __getitem__(self, index: int) -> tuple[npt.NDArray[np.float32], Labels]:
        chosen = self.order[index * self.batch : (index + 1) * self.batch]
        return augment(self.images[chosen], self.rng), self.labels[chosen]

    def on_epoch_end(self) -> None:
        self.order = self.rng.permutation(len(self.images))


def subset(images: Images, labels: Labels, count: int) -> tuple[Images, Labels]:
    """The first images of each class, `count` in all, in their original order."""
    per_class = count // 10
    chosen = np.sort(np.concatenate([np.flatnonzero(labels == c)[:per_class] for c in range(10)]))
    return images[chosen], labels[chosen]


def without_optimizer_state(model: keras.Model) -> keras.Model:
    """A copy that keeps loss and metrics but not AdamW's moments, two thirds of the file."""
    copy = build()
    copy.set_weights(model.get_weights())
    copy.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return copy


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--source", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=14)
    arguments = parser.parse_args()

    keras.utils.set_random_seed(SEED)
    x_train, y_train = read_idx(arguments.source, "train")
    x_test, y_test = read_idx(arguments.source, "t10k")
    batches = Augmented(x_train, y_train, batch=128)
    model = build()
    model.summary()
    schedule = keras.optimizers.schedules.CosineDecay(
        2e-3, decay_steps=arguments.epochs * len(batches), warmup_steps=500, warmup_target=4e-3
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(schedule, weight_decay=1e-3),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(batches, epochs=arguments.epochs, verbose=2)

    _, accuracy = model.evaluate(x_test / np.float32(255), y_test, batch_size=500, verbose=0)
    print(f"{model.count_params():,} parameters, {accuracy:.2%} on {len(y_test):,} test images")
    without_optimizer_state(model).save(sample.MODEL)
    train, test = subset(x_train, y_train, TRAINING_KEPT), subset(x_test, y_test, TEST_KEPT)
    np.savez_compressed(
        sample.DATA,
        x_train=train[0],
        y_train=train[1],
        x_test=test[0],
        y_test=test[1],
        class_names=np.array(CLASSES),
    )


if __name__ == "__main__":
    main()
