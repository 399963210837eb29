"""tests of export/card/: model cards, read back by the Hub's own library."""
