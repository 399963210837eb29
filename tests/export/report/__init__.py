"""tests of export/report/: the report of a study, read by a parser that is not ours."""
