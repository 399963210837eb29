"""models/: what comes in: recognise, check, load and summarise a model file."""
