"""What a study file says of its objective, its words, its splits and its replicates."""

import re
from pathlib import Path

import pytest
import sums
from conftest import ROOT

from toolkit.bench.bench import Bench
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.study import study as study_files
from toolkit.study.claim import Replicates
from toolkit.study.constraint import Constraint
from toolkit.study.objective import Nouns, Objective
from toolkit.study.splits import resolved
from toolkit.study.study import Study

SEALED = 'search = ["a", "b"]\ntest = ["c", "d"]'


def load(folder: Path, more: str = "", splits: str = SEALED, code: str = "") -> Study:
    return study_files.load(sums.write(folder / "study", more=more, splits=splits, code=code))


def problems(folder: Path, more: str = "", splits: str = SEALED, code: str = "") -> str:
    with pytest.raises(StudyError) as caught:
        load(folder, more, splits, code)
    return str(caught.value)


def test_a_study_that_says_nothing_has_the_mean_of_judged_scores(tmp_path: Path) -> None:
    study = load(tmp_path)
    assert study.objective == Objective("score", "", "maximize", "judged", "mean", "")
    assert study.nouns == Nouns()
    assert study.constraints == ()
    assert (study.claim, study.replicates, study.fresh) == (
        "sealed",
        Replicates(1, 1),
        "evaluation",
    )


def test_every_key_is_read(tmp_path: Path) -> None:
    more = """
[objective]
name = "RMSE"
unit = "K"
direction = "minimize"
aggregate = "pooled"
constraint = ["peak_rss_mb <= 70_000", "exact==1"]
[names]
item = ["query", "queries"]
cluster = "corpus"
output = "ranking"
[replicates]
search = 2
final = 3
"""
    study = load(tmp_path, more, code='fresh = "call"')
    assert study.objective == Objective("RMSE", "K", "minimize", "judged", "pooled", "")
    bounds = Constraint("peak_rss_mb", "<=", 70000.0), Constraint("exact", "==", 1.0)
    assert study.constraints == bounds
    words = Nouns("query", "queries", "corpus", "corpuss", "ranking", "rankings")
    assert study.nouns == words
    assert study.replicates == Replicates(2, 3)
    assert study.fresh == "call"


def test_one_constraint_is_a_text(tmp_path: Path) -> None:
    study = load(tmp_path, '[objective]\nconstraint = "exact >= 0.5"')
    assert [one.text for one in study.constraints] == ["exact >= 0.5"]


def test_a_measured_objective_is_named_by_what_is_read_and_less_is_better(tmp_path: Path) -> None:
    study = load(tmp_path, '[objective]\nevidence = "measured"\nmetric = "peak_rss_mb"')
    expected = Objective("peak_rss_mb", "MB", "minimize", "measured", "mean", "peak_rss_mb")
    assert study.objective == expected


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ('[objective]\ndirection = "minimise"',
         'objective.direction: must be "maximize" or "minimize", got "minimise"; did you mean'),
        ('[objective]\nevidence = "mesured"',
         'must be "judged" or "measured" or "reported", got "mesured"; did you mean \'measured\''),
        ('[objective]\naggregate = "sum"', 'objective.aggregate: must be "mean" or "pooled"'),
        ('[objective]\nevidence = "measured"\nmetric = "rss_mb"',
         "objective.metric: must be \"cpu_s\" or \"wall_s\" or \"peak_rss_mb\" or \"tokens\" or "
         "\"usd\" or \"gpu_s\", got \"rss_mb\"; did you mean 'peak_rss_mb'"),
        ('[objective]\nname = ""', "objective.name: must be a word, and is empty"),
        ("[objective]\nname = 3", "objective.name: must be a text, got 3"),
        ('[objective]\nevidance = "judged"', "objective.evidance: is not a known key; did you mean"),
        ('[objective]\nconstraint = 3', "objective.constraint: must be a text or a list of texts"),
        ('[objective]\nconstraint = "exact"', "objective.constraint: 'exact' is no constraint"),
        ('[objective]\nconstraint = "exact = 1"', "there is no operator ="),
        ('[objective]\nconstraint = "a <= b"', "behind <= stands a finite number, not 'b'"),
        ('[objective]\nconstraint = "a <= nan"', "behind <= stands a finite number"),
        ('[objective]\nconstraint = "<= 3"', "write it like \"peak_rss_mb <= 70000\""),
        ('[names]\nitem = ["one"]', 'names.item: must be a word such as "item", or two'),
        ('[names]\nitem = 3', 'names.item: must be a word such as "item", or two'),
        ('[names]\nitems = "queries"', "names.items: is not a known key; did you mean 'item'?"),
        ("[replicates]\nsearch = 0", "replicates.search: must be at least 1, got 0"),
        ("[replicates]\nfinal = 1.5", "replicates.final: must be an integer of at least 1"),
        ("[replicates]\ntest = 2", "replicates.test: is not a known key"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_told_with_its_key(tmp_path: Path, more: str, message: str) -> None:
    told = problems(tmp_path, more)
    assert message in told
    assert "has 1 problem(s)" in told


def test_fresh_is_one_of_two_words(tmp_path: Path) -> None:
    told = problems(tmp_path, code='fresh = "calls"')
    assert 'code.fresh: must be "evaluation" or "call", got "calls"; did you mean \'call\'' in told


@pytest.mark.parametrize(
    ("more", "splits", "message"),
    [
        ('[objective]\nevidence = "measured"', SEALED,
         'objective.metric: is missing: evidence = "measured" reads one of "cpu_s", "wall_s"'),
        ('[objective]\nmetric = "cpu_s"', SEALED,
         'objective.metric: is read where evidence = "measured", and evidence is "judged"'),
        ('[objective]\nevidence = "measured"\nmetric = "usd"\naggregate = "pooled"', SEALED,
         'objective.aggregate: is "pooled", of the outputs of a split'),
        ('[replicates]\nfinal = 3', 'search = ["a"]\ntest = "none"',
         "replicates.final: says how often the test split is run"),
        ('[objective]\nevidence = "measured"\nmetric = "wall_s"', 'test = "none"',
         "and wall_s differs from run to run: write test = \"replicates\""),
        ("", 'test = ["a"]', "splits.search: is missing; it must be a list of texts"),
        ("", 'search = ["a"]', 'splits.test: is missing; it must be a list of clusters, "replicates'
         '", "none" or a share of the clusters'),
        ("", 'search = ["a"]\ntest = "replicate"', "did you mean 'replicates'"),
        ("", 'search = ["a"]\ntest = "c"', '(one cluster is ["c"])'),
        ("", 'search = ["a"]\ntest = true', 'splits.test: must be a list of clusters, "replicates"'),
        ("", "test = 3", "splits.test: must be a number from 0.01 to 0.99, got 3"),
        ("", 'search = ["a"]\ntest = 0.5', "splits.search: is left out where test is a share"),
        ("", 'search = []\ntest = "none"', "splits.search: must name at least one cluster"),
        ("", 'search = ["a", "a"]\ntest = ["c"]', "splits.search: must name at least one cluster, "
         "each once"),
    ],
)  # fmt: skip
def test_contradictions_and_wrong_splits_are_told(
    tmp_path: Path, more: str, splits: str, message: str
) -> None:
    told = problems(tmp_path, more, splits)
    assert message in told
    assert "has 1 problem(s)" in told


@pytest.mark.parametrize(
    ("splits", "evidence", "claim", "test"),
    [
        (SEALED, "judged", "sealed", ("c", "d")),
        (SEALED, "reported", "sealed", ("c", "d")),
        ('search = ["a", "b"]\ntest = "replicates"', "judged", "replicates", ("a", "b")),
        ('test = "replicates"', "reported", "replicates", ("a", "b", "c", "d")),
        ('test = "none"', "judged", "exact", ()),
        ('test = "none"', "reported", "reported", ()),
    ],
)
def test_the_splits_say_what_can_be_claimed(
    tmp_path: Path, splits: str, evidence: str, claim: str, test: tuple[str, ...]
) -> None:
    study = load(tmp_path, f'[objective]\nevidence = "{evidence}"', splits)
    assert study.claim == claim
    assert study.clusters("test") == test
    every = "search" not in splits
    assert study.clusters("search") == (("a", "b", "c", "d") if every else ("a", "b"))
    assert study.replicates.final == (5 if claim == "replicates" else 1)
    assert study.task().vault()  # no split is empty


@pytest.mark.parametrize(
    ("splits", "search", "test"),
    [
        ('search = ["[ab]"]\ntest = ["?"]', None, None),
        ('search = ["[ba]"]\ntest = ["[!ab]"]', ("a", "b"), ("c", "d")),
        ('search = ["b", "[ab]"]\ntest = ["d*", "c*"]', ("b", "a"), ("d", "c")),
        ('search = ["[b-c]"]\ntest = "replicates"', ("b", "c"), ("b", "c")),
        ('search = ["*"]\ntest = "none"', ("a", "b", "c", "d"), ()),
    ],
)
def test_a_pattern_stands_for_the_clusters_that_it_matches(
    tmp_path: Path, splits: str, search: tuple[str, ...] | None, test: tuple[str, ...] | None
) -> None:
    study = load(tmp_path, splits=splits)
    if search is None:
        with pytest.raises(StudyError, match=r"\[splits\] search and test both hold a, b"):
            study.task()
        return
    assert (study.clusters("search"), study.clusters("test")) == (search, test)
    assert study.task().items()


def test_one_replicate_of_a_programs_own_noise_is_refused(tmp_path: Path) -> None:
    one = 'test = "replicates"\n[replicates]\nfinal = '
    told = problems(tmp_path / "one", splits=f"{one}1")
    assert 'replicates.final: must be at least 2 where splits.test = "replicates"' in told
    assert "has 1 problem(s)" in told
    assert load(tmp_path / "two", splits=f"{one}2").replicates.final == 2
    assert load(tmp_path / "sealed", "[replicates]\nfinal = 1").replicates.final == 1


def test_a_cluster_that_is_called_like_a_pattern_is_itself() -> None:
    assert resolved(["a*", "b?"], ["ab", "a*", "b?", "bb", "a1"]) == ("a*", "b?")
    assert resolved(["a?"], ["ab", "a*", "A1"]) == ("ab", "a*")
    assert resolved([], ["a", "b"]) == ("a", "b")


def test_the_ledger_holds_the_clusters_of_a_pattern_and_the_digest_the_pattern(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    named = load(tmp_path / "named")
    study = load(tmp_path / "drawn", splits='search = ["[ab]"]\ntest = ["[cd]"]')
    assert study.digest != named.digest
    found = [Bench(one, evaluator).description()["items"] for one in (study, named)]
    assert found[0] == found[1]
    assert set(found[0]["test"].values()) == {"c", "d"}


def test_a_study_extends_another_table_by_table(tmp_path: Path) -> None:
    more = '[objective]\nname = "loss"\nunit = "bits"\n[replicates]\nfinal = 4'
    base = sums.write(tmp_path / "study", more=more)
    (base / "noisy.toml").write_text(
        'extends = "study.toml"\n[objective]\ndirection = "minimize"\n[replicates]\nsearch = 3\n'
        '[splits]\ntest = "replicates"\n'
    )
    study = study_files.load(base / "noisy.toml")
    assert study.objective == Objective("loss", "bits", "minimize")
    assert study.replicates == Replicates(3, 4)
    assert study.clusters("test") == ("a", "b")


def test_words_are_not_in_the_digest_and_all_that_moves_a_score_is(tmp_path: Path) -> None:
    def digest(name: str, **tables: str) -> str:
        return load(tmp_path / name, **tables).digest

    usual = digest("usual")
    words = '[objective]\nname = "share"\nunit = "%"\n[names]\nitem = "sum"'
    assert digest("words", more=words) == usual
    written = '[objective]\ndirection = "maximize"\n[replicates]\nsearch = 1\nfinal = 1'
    assert digest("defaults", more=written, code='fresh = "evaluation"') == usual
    others = [
        digest("direction", more='[objective]\ndirection = "minimize"'),
        digest("pooled", more='[objective]\naggregate = "pooled"'),
        digest("constraint", more='[objective]\nconstraint = "exact == 1"'),
        digest("search", more="[replicates]\nsearch = 2"),
        digest("final", more="[replicates]\nfinal = 2"),
        digest("none", splits='search = ["a", "b"]\ntest = "none"'),
        digest("replicates", splits='search = ["a", "b"]\ntest = "replicates"'),
        digest("fresh", code='fresh = "call"'),
    ]
    assert len({usual, *others}) == 9


@pytest.mark.parametrize(
    ("text", "value", "broken"),
    [
        ("exact == 1", 1.0, ""),
        ("exact == 1", 1 - 1e-12, ""),
        ("exact == 1", 0.9, "it breaks the constraint exact == 1: its exact is 0.9"),
        ("peak_rss_mb <= 70000", 70000.25,
         "it breaks the constraint peak_rss_mb <= 70000: its peak_rss_mb is 70000.25"),
        ("multi-hop < .5", 0.5, "it breaks the constraint multi-hop < 0.5: its multi-hop is 0.5"),
        ("a b > -1e3", -1000.0, "it breaks the constraint a b > -1000: its a b is -1000"),
        ("x >= 2", float("nan"), "it breaks the constraint x >= 2: its x is nan"),
    ],
)  # fmt: skip
def test_a_constraint_says_the_number_and_the_bound(text: str, value: float, broken: str) -> None:
    one = Constraint.parse(text)
    assert one.broken({one.name: value}) == broken


def test_the_samples_of_the_documents_are_read(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "programs.md").read_text()
    samples = re.findall(
        r"^```toml\n(\[(?:objective|names|splits|replicates)\].*?)^```", page, re.M | re.S
    )
    assert len(samples) == 5
    for number, sample in enumerate(samples):
        where = sums.write(tmp_path / str(number), splits="" if "[splits]" in sample else SEALED)
        text = (where / "study.toml").read_text()
        if "[splits]" in sample:
            text = text.replace("[splits]\n", "")
        (where / "study.toml").write_text(text.replace("[parameters]", f"{sample}\n[parameters]"))
        assert study_files.load(where).claim == "sealed"
