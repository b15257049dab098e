"""Several patches of one tree, put together without an order among them."""

from __future__ import annotations

from itertools import permutations

import pytest
from switched import MAIN, PATCHES, PROGRAM, patch, repaired

from toolkit.errors import PatchError
from toolkit.patches import composing, diff
from toolkit.patches import patch as patches

TREE = {MAIN: PROGRAM}
APART = {
    name: PATCHES[name] for name in ("faults/zero.patch", "faults/one.patch", "forms/two.patch")
}


def test_patches_give_the_same_tree_in_every_order() -> None:
    wanted = PROGRAM
    for name, value in (("zero", "len('')"), ("one", "len('1')"), ("two", "len('12')")):
        wanted = repaired(name, value, wanted)
    for order in permutations(APART):
        assert composing.composed(TREE, {name: APART[name] for name in order}) == {MAIN: wanted}


def test_one_patch_alone_is_what_apply_makes_of_it() -> None:
    text = PATCHES["faults/one.patch"]
    assert composing.composed(TREE, {"one": text, "none": ""}) == patches.apply(TREE, text)
    assert composing.composed(TREE, {}) == TREE


def test_a_clash_names_both_hunks_and_their_lines() -> None:
    both = {"one": PATCHES["faults/one.patch"], "other": PATCHES["forms/other.patch"]}
    with pytest.raises(PatchError, match="one, hunk 1") as caught:
        composing.composed(TREE, both)
    told = str(caught.value)
    assert "other, hunk 1 (lines 9-15 of adder/main.py) change each other's lines" in told
    assert composing.clashes(TREE, both) == [told.partition(": ")[2]]


def test_a_change_of_another_hunks_context_is_a_clash() -> None:
    lines = "".join(f"{n}\n" for n in range(20))
    near = diff.make({"a": lines}, {"a": lines.replace("\n8\n", "\neight\n")})
    context = diff.make({"a": lines}, {"a": lines.replace("\n10\n", "\nten\n")})
    apart = diff.make({"a": lines}, {"a": lines.replace("\n12\n", "\ntwelve\n")})
    assert composing.clashes({"a": lines}, {"near": near, "context": context})
    assert not composing.clashes(
        {"a": lines}, {"near": near, "apart": apart}
    )  # 8 and 12: both show 9-11


def test_a_hunk_stays_in_its_place_where_the_same_lines_stand_again() -> None:
    """Applied one after the other, the second would be looked for by a line number that is off."""
    lines = "a\nb\nc\nd\n" * 6
    grown = diff.make({"a": lines}, {"a": "a\nb\nnew\nnew\nnew\nnew\n" + lines[4:]})
    last = diff.make({"a": lines}, {"a": lines[:-4] + "C\nd\n"})
    middle_old = lines.split("\n")
    middle_old[13] = "B"
    middle = diff.make({"a": lines}, {"a": "\n".join(middle_old)})
    made = composing.composed({"a": lines}, {"grown": grown, "middle": middle, "last": last})["a"]
    wanted = [*"ab", *["new"] * 4, *middle_old[2:-3], "C", "d", ""]
    assert made.split("\n") == wanted


@pytest.mark.parametrize("new", [{}, {"a": "x\n", "b": "1\n"}])
def test_a_file_that_two_patches_make_or_delete_is_a_clash(new: dict[str, str]) -> None:
    text = diff.make({"a": "x\n"}, new)
    with pytest.raises(
        PatchError, match=r"is (created|deleted) by one and (created|deleted) by two"
    ):
        composing.composed({"a": "x\n"}, {"one": text, "two": text})


def test_new_files_and_deleted_ones_stand_beside_changes() -> None:
    tree = {"a": "x\n", "b": "y\n", "c": "z\n"}
    one = diff.make(tree, {"a": "1\n", "b": "y\n", "c": "z\n", "d": "new\n"})
    two = diff.make(tree, {"a": "x\n", "b": "2\n"})
    assert composing.composed(tree, {"one": one, "two": two}) == {
        "a": "1\n",
        "b": "2\n",
        "d": "new\n",
    }


def test_a_patch_that_does_not_apply_alone_is_named() -> None:
    wrong = patch(repaired("zero", 0).replace("that keep", "elsewhere"), repaired("zero", 5))
    with pytest.raises(PatchError, match=r"^wrong: patch: 'adder/main\.py', hunk 1"):
        composing.composed(TREE, {"right": PATCHES["faults/one.patch"], "wrong": wrong})
