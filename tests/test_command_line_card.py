"""tests of the command line: liteweigh card."""

from pathlib import Path

from tests.store.golden import copy_of
from tests.terminal import Terminal


def test_a_card_is_written_where_it_is_wanted(tmp_path: Path, terminal: Terminal) -> None:
    study, file = copy_of(1, tmp_path), tmp_path / "card.md"
    said = terminal("card", study, "int8", "--out", file, "--license", "cc-by-4.0")
    assert said.returncode == 0, said.stderr
    assert file.read_text().startswith('---\nlicense: "cc-by-4.0"\n')


def test_a_variant_that_was_not_run_has_none(tmp_path: Path, terminal: Terminal) -> None:
    said = terminal("card", copy_of(1, tmp_path), "float16", "--out", tmp_path / "card.md")
    assert said.returncode == 2
    assert "There is no variant “float16”" in said.stderr
