"""techniques/tfmot/: how tensorflow-model-optimization prunes, clusters and trains for int8."""
