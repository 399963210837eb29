"""export/card/: a file's model card, as the Hugging Face Hub reads it."""
