"""tests of export/card/: a card is read back by the Hub's own library, without a network."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard
from jsonschema import validate
from markdown_it import MarkdownIt

from optimizer.errors import StudyError
from optimizer.export.card.licences import LICENCES
from optimizer.export.card.metadata import front_matter
from optimizer.export.card.write import card, write_card
from optimizer.export.results import results
from optimizer.measure.measurements import Fidelity
from optimizer.store.study import Study
from tests.export.card.documented import documented
from tests.store.golden import copy_of
from tests.variants import study, variant

HOSTILE = '"x"\n---\nlicense: mit\n![p](http://localhost/p) <img src=x> | `a` $b$ \u202e www.a.b'


@pytest.fixture
def kept(tmp_path: Path) -> Study:
    """Pictures, and four real files."""
    return Study(copy_of(1, tmp_path))


@pytest.mark.parametrize("place", range(4))
def test_the_hub_reads_the_numbers_of_results_json(kept: Study, tmp_path: Path, place: int) -> None:
    expected = results(kept)["variants"][place]
    file = write_card(kept, kept.index.variants[place], tmp_path / "README.md", "MIT")
    read: Any = ModelCard.load(file)
    told = {one.metric_type: one.metric_value for one in read.data.eval_results}
    metrics = [expected["metric"], *expected["metrics"]]
    assert told == {one["name"]: one["value"] for one in metrics if one["value"] is not None}
    assert read.data.license == "mit"
    assert read.data.model_name == kept.index.name
    assert {one.dataset_name for one in read.data.eval_results} == {
        results(kept)["dataset"]["name"]
    }
    assert expected["sha256"] in read.text
    assert expected["recipe"] in read.text
    validate(yaml.safe_load(str(read).split("---\n")[1]), documented(LICENCES))


def test_a_card_without_a_licence_names_none(kept: Study) -> None:
    told = yaml.safe_load(card(kept, kept.index.variants[0]).split("---\n")[1])
    assert "license" not in told
    validate(told, documented(LICENCES))


def test_an_unknown_licence_is_refused(kept: Study) -> None:
    with pytest.raises(StudyError, match=r"“apache” is no licence.*apache-2\.0"):
        card(kept, kept.index.variants[0], "apache")


def test_no_name_says_more_than_itself(kept: Study) -> None:
    data = kept.index.dataset
    assert data is not None
    labels = kept.index.labels.model_copy(update={"title": HOSTILE})
    data = replace(data, name=HOSTILE, class_names=(HOSTILE, "b|c"))
    kept.update(lambda now: now.model_copy(update={"dataset": data, "labels": labels}))
    written = card(kept, kept.index.variants[1])
    read: Any = ModelCard(written)
    assert read.data.license is None
    told = yaml.safe_load(written.split("---\n")[1])
    validate(told, documented(LICENCES))
    seen = " ".join(HOSTILE.replace("\u202e", "\N{REPLACEMENT CHARACTER}").split())
    assert told["model-index"][0]["name"] == seen
    body = written.split("---\n", 2)[2]
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    found = [inner for token in reader.parse(body) for inner in (token, *(token.children or ()))]
    assert {one.type for one in found}.isdisjoint(
        {"image", "link_open", "html_inline", "html_block", "em_open"}
    )
    assert "www.a" not in body, "what makes links of texts finds none"
    assert seen in "".join(one.content for one in found if one.type == "text")


def test_without_labels_it_tells_how_near_the_file_is(tmp_path: Path) -> None:
    near = {"metric": None, "fidelity": Fidelity(0.98, 40.0, 0.01)}
    made = study(tmp_path / "s", variant("float32", **near), variant("int8", **near))
    read: Any = ModelCard(card(made, made.index.variants[1]))
    assert [(one.metric_type, one.metric_value) for one in read.data.eval_results] == [
        ("agreement", 0.98)
    ]


def test_without_data_there_are_no_results(tmp_path: Path) -> None:
    nothing = {"metric": None, "fidelity": None}
    made = study(tmp_path / "s", variant("float32", **nothing))
    told = yaml.safe_load(card(made, made.index.variants[0]).split("---\n")[1])
    assert "model-index" not in told
    validate(told, documented(LICENCES))


@pytest.mark.parametrize("number", [1e-07, 2.5e-05, 0.0, 1e22, 12, 0.1])
def test_yaml_reads_every_number_as_one(number: float) -> None:
    assert yaml.safe_load(front_matter({"a": [{"b": number}]}).strip("-\n")) == {
        "a": [{"b": number}]
    }
