"""tests/kills: a study is made while processes are killed at recorded points of every stage."""
