"""models/bridge/: makes a tf_keras twin of a Keras model, so that tfmot can train it."""
