"""A third split, scored only after the search: the gain from search over fresh to test."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import sqrt
from pathlib import Path
from subprocess import CompletedProcess

import pytest
import sums
from scipy.special import stdtrit
from viewed_studies import compared, lay, tries

from toolkit.bench import cost, description
from toolkit.bench.bench import Bench
from toolkit.errors import StudyError
from toolkit.evaluators.local import LocalEvaluator
from toolkit.ledger.ledger import Ledger
from toolkit.ledger.state import load as folded
from toolkit.report import tables
from toolkit.report.summary import summarise
from toolkit.statistics import Estimate, apart, clustered_mean, matched
from toolkit.study import study as study_files

Cli = Callable[..., CompletedProcess[str]]

TASK = """
import toolkit

SIZES = {"a": 4, "b": 4, "a-new": 4, "b-new": 2, "c": 4, "d": 4}
REACH = {"a": 4, "b": 3, "a-new": 3, "b-new": 1, "c": 1, "d": 1}


def score(gold, output):
    return float(output == gold.answer)


class Steps:
    def __init__(self, data):
        self.data = data

    def items(self):
        return [toolkit.Item(f"{c}:{n}", c, n) for c in SIZES for n in range(SIZES[c])]

    def vault(self):
        return toolkit.Vault({i.id: toolkit.Gold(i.input < REACH[i.cluster]) for i in self.items()}, score)

"""
"""the first REACH items of each cluster are right where the program says True"""

PROGRAM = """
def run(context, inputs, parameters, services):
    return [bool(parameters["bold"])] * len(inputs) if parameters["bold"] else [None] * len(inputs)
"""
"""the default scores 0; bold scores the share of the cluster's reach"""
SPLITS = 'search = ["a", "b"]\nfresh = ["a-new", "b-new"]\ntest = ["c", "d"]'


def write(folder: Path, splits: str = SPLITS) -> Path:
    parameters = "bold = { flag = true, default = false }"
    sums.write(folder, PROGRAM, splits=splits, parameters=parameters)
    (folder / "task.py").write_text(TASK.replace("Steps", "Sums"))
    return folder


def summary(cli: Cli, folder: Path, out: Path, *more: str) -> dict[str, object]:
    command = ("compare", folder, "--budget", "6", "--searchers", "random", "--after", "light")
    found: dict[str, object] = json.loads(
        cli(*map(str, command), "--out", str(out), "--json", *more).stdout
    )
    return found


def test_a_gain_is_told_from_search_over_fresh_to_test(cli: Cli, tmp_path: Path) -> None:
    out = tmp_path / "run"
    row = summary(cli, write(tmp_path / "study"), out, "--seeds", "1")["cells"][0]  # type: ignore
    found = row["fresh"]
    means = {name: found[name]["mean"] for name in ("search", "fresh", "test")}
    assert means == pytest.approx({"search": 7 / 8, "fresh": 4 / 6, "test": 1 / 4})
    assert found["level"] == pytest.approx(4 / 6)
    assert found["selection"]["mean"] == pytest.approx(7 / 8 - 4 / 6)
    assert found["shift"]["mean"] == pytest.approx(4 / 6 - 1 / 4)
    # two clusters of one size at 1 and .75: the error is |1 - .75| / 2, t(1) = 12.706
    assert found["search"]["high"] == pytest.approx(7 / 8 + 12.7062 * 0.125, abs=1e-4)
    # both clusters of test gain 1/4: what the shift wavers by is the error on fresh data alone
    reach = found["fresh"]["high"] - found["fresh"]["mean"]
    assert found["shift"]["high"] == pytest.approx(found["shift"]["mean"] + reach)
    text = cli("report", str(out), "--full").stdout
    assert "gain: search -> fresh -> test" in text
    assert "+0.875" in text
    assert text.count("selection") == 2  # the title and the head of the column
    assert "baseline" in text


def test_fresh_items_are_scored_after_the_last_trial_and_shown_to_nobody(
    cli: Cli, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    summary(cli, write(tmp_path / "study"), out, "--seeds", "2")
    with Ledger(out, writer=False) as ledger:
        events = list(ledger.events())
        state = folded(ledger)
    kinds = [(e.kind, e.data.get("split")) for e in events]
    last = max(number for number, (kind, _) in enumerate(kinds) if kind == "finished")
    fresh = [number for number, (_, split) in enumerate(kinds) if split == "fresh"]
    assert len(fresh) == 2  # the baseline, and both seeds found the same program
    assert min(fresh) > last
    assert "fresh" not in {one["purpose"] for one in state.openings}  # it is not sealed
    shown = [e.data for e in events if e.kind in {"finished", "looked", "requested"}]
    assert "-new" not in json.dumps(shown)


@pytest.mark.slow
def test_a_resumed_run_scores_fresh_data_that_its_study_names_later(
    cli: Cli, tmp_path: Path
) -> None:
    out, study = tmp_path / "run", write(tmp_path / "study", SPLITS.replace("fresh", "# fresh"))
    assert summary(cli, study, out)["cells"][0]["fresh"] is None  # type: ignore[index]
    text = (study / "study.toml").read_text()
    (study / "study.toml").write_text(text.replace("# fresh", "fresh"))
    found = summary(cli, study, out)["cells"][0]["fresh"]  # type: ignore[index]
    assert found["fresh"]["mean"] == pytest.approx(4 / 6)
    (study / "study.toml").write_text(text.replace('# fresh = ["a-new", ', "fresh = ["))
    found = summary(cli, study, out)["cells"][0]["fresh"]  # type: ignore[index]
    assert found["fresh"]["mean"] == pytest.approx(1 / 2)
    assert found["fresh"]["low"] is None  # one cluster
    assert found["shift"]["low"] is None


def test_a_description_takes_over_a_third_split_with_its_calls() -> None:
    told = {"title": "old", "items": {"search": {"i": "a"}}, "kinds": {"i": ""}}
    now = {
        "title": "new",
        "items": {"search": {"i": "a"}, "fresh": {"j": "b"}},
        "kinds": {"i": "", "j": ""},
        "calls": {"search": {"i": "a"}, "fresh": {"j": "talk 1"}},
    }
    assert description.refreshed(told, now) == {**now, "title": "old"}
    assert description.refreshed(now, told) == {**told, "title": "new"}
    assert description.refreshed(told, {**told, "kinds": {}}) == told  # nothing of it has changed


def test_scores_on_fresh_data_are_in_the_estimate_where_there_is_any() -> None:
    rate = cost.Rate(2.0)
    for fresh, expected in ((True, [(3, 6.0)]), (False, [])):
        course = cost.Course(cells=2, trials=5, slots=1, fresh=fresh)
        parts = cost.estimate(course, rate, rate, "light").parts
        told = [(one.evaluations, one.seconds) for one in parts if "fresh" in one.name]
        assert told == expected


def test_a_narrow_terminal_shows_the_losses_without_their_intervals(
    cli: Cli, tmp_path: Path
) -> None:
    found = summary(cli, write(tmp_path / "study"), tmp_path / "run")
    wide, narrow = (tables.text(found, width) for width in (120, 70))
    assert "selection [95 %]" in wide
    assert "selection [95 %]" not in narrow
    assert "+0.208" in narrow  # 7/8 - 4/6


def test_a_third_split_is_in_no_digest_and_makes_no_other_trial(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    with_it = study_files.load(write(tmp_path / "with" / "study"))
    less = SPLITS.replace("fresh", "# fresh")
    without = study_files.load(write(tmp_path / "without" / "study", less))
    assert with_it.digest == without.digest
    one, other = Bench(with_it, evaluator), Bench(without, evaluator)
    assert one.full == other.full == 8
    assert one.size("fresh") == 6
    assert one.sealed == other.sealed == {f"{c}:{n}" for c in "cd" for n in range(4)}
    assert "fresh" not in other.description()["items"]


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ('search = ["a", "b"]\nfresh = ["b"]\ntest = ["c"]', "b is in both search and fresh"),
        ('search = ["a", "b"]\nfresh = ["c"]\ntest = ["c"]', "c is in both test and fresh"),
        (
            'search = ["a"]\nfresh = ["b", "b"]\ntest = ["c"]',
            "splits.fresh: must name at least one cluster",
        ),
        (
            'search = ["a"]\nfresh = ["b", "c"]\ntest = ["b", "c"]',
            "b, c are in both test and fresh",
        ),
        ('search = ["a"]\nfresh = "b"\ntest = ["c"]', "splits.fresh: must be a list of texts"),
        ('fresh = ["b"]\ntest = 0.5', "splits.fresh: lies between search and test, and is read"),
        ('fresh = ["b"]\ntest = "none"', "splits.fresh: lies between search and test, and is read"),
        ('search = ["a"]\nfrsh = ["b"]\ntest = ["c"]', "splits.frsh: is not a known key; did you"),
    ],
)
def test_a_third_split_that_cannot_be_one_is_refused(
    tmp_path: Path, splits: str, message: str
) -> None:
    with pytest.raises(StudyError) as caught:
        study_files.load(write(tmp_path / "study", splits))
    assert message in str(caught.value)
    assert "has 1 problem(s)" in str(caught.value)


@pytest.mark.parametrize("splits", ['test = ["c"]\nfresh = []', 'test = "none"\nfresh = []'])
def test_a_study_over_one_with_fresh_data_takes_them_off_by_an_empty_list(
    tmp_path: Path, splits: str
) -> None:
    base = write(tmp_path / "study")
    over = base.parent / "over.toml"
    over.write_text(f'extends = "{base}"\nname = "over"\n[splits]\n{splits}\n')
    assert "fresh" not in study_files.load(over).splits


@pytest.mark.parametrize(
    ("fresh", "message"),
    [
        ('["a*"]', r"\[splits\] search and fresh both hold a"),
        ('["d", "b-new"]', r"\[splits\] test and fresh both hold d"),
        ('["e"]', r"\[splits\] names e, which the data does not hold"),
        ('["e*"]', r"\[splits\] fresh: the pattern \"e\*\" matches no cluster"),
    ],
)
def test_a_pattern_of_fresh_clusters_that_is_wrong_is_told_with_the_data(
    tmp_path: Path, fresh: str, message: str
) -> None:
    splits = f'search = ["a", "b"]\nfresh = {fresh}\ntest = ["c", "[d]"]'
    with pytest.raises(StudyError, match=message):
        study_files.load(write(tmp_path / "study", splits)).task()


def test_a_study_is_shown_with_its_fresh_data(cli: Cli, tmp_path: Path) -> None:
    folder = str(write(tmp_path / "study"))
    text = cli("studies", folder).stdout
    assert "  fresh: a-new, b-new" in text
    assert "fresh: 6 items of 2 clusters, scored after the search" in text
    rows = [json.loads(line) for line in cli("studies", folder, "--items").stdout.splitlines()]
    assert {row["cluster"] for row in rows if row["split"] == "fresh"} == {"a-new", "b-new"}


def test_two_samples_without_a_common_cluster_add_their_variances() -> None:
    one = Estimate(0.5, 0, 1, 0.1, 4, error=0.3, df=3)
    other = Estimate(0.2, 0, 1, 0.1, 6, error=0.4, df=5)
    found = apart(one, other)
    assert found.mean == pytest.approx(0.3)
    assert found.clusters == 4
    # Welch and Satterthwaite: (.09 + .16)^2 / (.09^2 / 3 + .16^2 / 5)
    assert found.df == pytest.approx(0.0625 / (0.0081 / 3 + 0.0256 / 5))
    assert found.error == pytest.approx(sqrt(0.09 + 0.16))
    alone = Estimate(0.2, None, None, 1.0, 1)
    assert (apart(one, alone).low, apart(one, alone).p) == (None, 1.0)


def test_a_search_for_a_view_is_told_by_the_objective_on_every_split(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    folder = lay(tmp_path / "quotes")
    file = folder / "study.toml"
    file.write_text(file.read_text().replace('["s0", "s1", "s2"]', '["s0", "s1"]\nfresh = ["s2"]'))
    cells = [tries("wide", [{"n": 5}], "recall")]
    found = summarise(compared(folder, tmp_path / "run", evaluator, cells))["cells"][0]["fresh"]
    # F1 rises from 1/2 to 3/4 everywhere; recall, which it was shown, from 1/3 to 1
    gains = [found[split]["mean"] for split in ("search", "fresh", "test")]
    assert gains == pytest.approx([1 / 4] * 3)
    assert found["selection"]["mean"] == pytest.approx(0)


PAIRED = SPLITS.replace('["a-new", "b-new"]', '{ "a-new" = "a", "b-new" = "b" }')


def test_selection_is_paired_by_source_where_the_study_tells_the_sources(
    cli: Cli, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    apart_ = summary(cli, write(tmp_path / "study"), out)["cells"][0]["fresh"]  # type: ignore
    (tmp_path / "study" / "study.toml").write_text(
        (tmp_path / "study" / "study.toml").read_text().replace(SPLITS, PAIRED)
    )
    found = summary(cli, tmp_path / "study", out)["cells"][0]["fresh"]  # type: ignore
    assert found["shift"] == apart_["shift"]
    assert found["selection"]["mean"] == apart_["selection"]["mean"] == pytest.approx(5 / 24)
    # sums off the means over counts: a (4 - 3.5) / 8 - (3 - 8/3) / 6 = 1/144, and b its opposite;
    # a holds 4/8 of search and 4/6 of fresh, 7/12 between them
    error = sqrt((1 / 144) ** 2 / (1 - 7 / 12) + (1 / 144) ** 2 / (1 - 5 / 12))
    h, k = 7 / 12, 5 / 12
    df = 1 / (h**2 + k**2 + (h**2 / k + k**2 / h) ** 2 - (h**2 / k) ** 2 - (k**2 / h) ** 2)
    reach = found["selection"]["high"] - found["selection"]["mean"]
    assert reach == pytest.approx(float(stdtrit(df, 0.975)) * error)
    assert reach < apart_["selection"]["high"] - apart_["selection"]["mean"]


def test_sources_of_one_size_give_the_interval_of_their_differences() -> None:
    search = {"a": {"1": 1.0, "2": 0.0}, "b": {"3": 1.0, "4": 1.0}, "c": {"5": 0.0, "6": 0.5}}
    fresh = {"a": {"7": 0.5, "8": 0.5}, "b": {"9": 0.0, "10": 1.0}, "c": {"11": 0.0, "12": 0.0}}
    found = matched(search, fresh)
    differences = {"a": 0.0, "b": 0.5, "c": 0.25}
    alone = clustered_mean(differences, {name: name for name in differences})
    assert (found.mean, found.low, found.high) == pytest.approx((alone.mean, alone.low, alone.high))
    assert (found.clusters, found.df) == (3, pytest.approx(2))
    assert found.p == pytest.approx(alone.p)


def test_a_source_of_one_sample_alone_wavers_by_itself() -> None:
    search = {"a": {"1": 1.0}, "b": {"2": 0.0}, "c": {"3": 0.5}}
    fresh = {"a": {"4": 1.0}, "b": {"5": 0.0}}
    found = matched(search, fresh)
    assert found.mean == 0
    offs, shares = (1 / 6 - 1 / 4, -1 / 6 + 1 / 4, 0), (5 / 12, 5 / 12, 1 / 6)
    error = sqrt(sum(off**2 / (1 - share) for off, share in zip(offs, shares, strict=True)))
    assert found.error == pytest.approx(error)
    lone = matched(search, {"a": {"4": 1.0}})
    assert (lone.mean, lone.low, lone.p) == (-0.5, None, 1.0)


def test_the_ledger_holds_the_sources_of_fresh_clusters_and_patterns_stand_for_several(
    tmp_path: Path, evaluator: LocalEvaluator
) -> None:
    splits = SPLITS.replace('["a-new", "b-new"]', '{ "*-new" = "a" }')
    bench = Bench(study_files.load(write(tmp_path / "study", splits)), evaluator)
    assert bench.description()["fresh_of"] == {"a-new": "a", "b-new": "a"}
    listed = Bench(study_files.load(write(tmp_path / "other" / "study")), evaluator)
    assert "fresh_of" not in listed.description()
    assert bench.study.digest == listed.study.digest
    told, now = listed.description(), bench.description()
    assert description.refreshed(told, now) == now
    assert description.refreshed(now, told) == told


def test_a_source_that_only_a_pattern_of_search_promised_is_refused_with_the_data(
    tmp_path: Path,
) -> None:
    splits = 'search = ["a*", "b"]\nfresh = { "b-new" = "ab" }\ntest = ["c", "d"]'
    study = study_files.load(write(tmp_path / "study", splits.replace('"a*"', '"[ax]*", "a"')))
    with pytest.raises(StudyError, match=r'\[splits\] fresh."b-new": "ab" is no cluster of search'):
        study.pairs  # noqa: B018


@pytest.mark.parametrize(
    ("fresh", "message"),
    [
        ('{ "a-new" = "aa" }', 'splits.fresh."a-new": "aa" is no cluster of search; did you mean'),
        ('{ "a-new" = "c" }', 'splits.fresh."a-new": "c" is no cluster of search'),
        ('{ "a-new" = 3 }', 'splits.fresh."a-new": must be a cluster of search, got 3'),
        ("{}", "splits.fresh: must name at least one cluster"),
        ('{ "b" = "a" }', "b is in both search and fresh"),
        ('"a-new"', "splits.fresh: must be a list of texts, or a table such as"),
    ],
)
def test_a_table_of_sources_that_cannot_be_one_is_refused(
    tmp_path: Path, fresh: str, message: str
) -> None:
    splits = f'search = ["a", "b"]\nfresh = {fresh}\ntest = ["c", "d"]'
    with pytest.raises(StudyError) as caught:
        study_files.load(write(tmp_path / "study", splits))
    assert message in str(caught.value)
    assert "has 1 problem(s)" in str(caught.value)
