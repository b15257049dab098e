"""Costs that an agent tells in its output, in the forms of the tools that people use."""

from __future__ import annotations

import json

import pytest

from searchers.agent.costs import LINE_CHARS, Costs
from toolkit.errors import UserError

CLAUDE = {
    "type": "result", "subtype": "success", "is_error": False, "duration_ms": 18000, "num_turns": 3,
    "result": "done", "session_id": "5d", "total_cost_usd": 0.0123,
    "usage": {
        "input_tokens": 4, "cache_creation_input_tokens": 5000, "cache_read_input_tokens": 10000,
        "output_tokens": 350, "server_tool_use": {"web_search_requests": 0},
    },
}  # fmt: skip


def message(name: str, output: int) -> str:
    usage = {"input_tokens": 10, "output_tokens": output}
    return json.dumps({"type": "assistant", "message": {"id": name, "usage": usage}})


def read(text: str, **options: str) -> Costs:
    costs = Costs(options.get("tokens"), options.get("usd"), options.get("costs", "last"))  # type: ignore[arg-type]
    costs.feed(text)
    costs.end()
    return costs


def test_an_output_that_tells_nothing_costs_an_unknown_amount() -> None:
    costs = read("I read the code.\nTokens are words.\n\n{not json\n")
    assert (costs.tokens, costs.usd) == (None, None)


def test_claude_code_tells_its_costs_in_one_object() -> None:
    costs = read(json.dumps(CLAUDE) + "\n")
    assert costs.tokens == 15354
    assert costs.usd == pytest.approx(0.0123)


def test_claude_code_tells_them_inside_a_list_where_it_is_verbose() -> None:
    costs = read(json.dumps([{"type": "system"}, CLAUDE]))
    assert (costs.tokens, costs.usd) == (15354, pytest.approx(0.0123))


def test_two_runs_of_claude_code_add_up() -> None:
    line = json.dumps(CLAUDE) + "\n"
    costs = read(line + "next round\n" + line)
    assert (costs.tokens, costs.usd) == (30708, pytest.approx(0.0246))


def test_a_stream_of_claude_code_that_is_cut_off_tells_tokens_and_no_dollars() -> None:
    """One message comes in several events, each with all that it used."""
    costs = read("\n".join([message("a", 1), message("a", 90), message("b", 40)]))
    assert (costs.tokens, costs.usd) == (150, None)


def test_the_result_of_a_stream_stands_for_its_messages() -> None:
    costs = read("\n".join([message("a", 90), json.dumps(CLAUDE)]))
    assert costs.tokens == 15354


def test_codex_tells_tokens_at_the_end_of_a_turn() -> None:
    """Cached tokens are a part of those that came in."""
    usage = {"input_tokens": 24763, "cached_input_tokens": 24448, "output_tokens": 122}
    costs = read(json.dumps({"type": "turn.completed", "usage": usage}))
    assert (costs.tokens, costs.usd) == (24885, None)


def test_older_codex_tells_running_totals() -> None:
    lines = []
    for total in (1000, 2500):
        used = {"info": {"total_token_usage": {"total_tokens": total}}, "type": "token_count"}
        lines.append(json.dumps({"id": "0", "msg": used}))
    assert read("\n".join(lines)).tokens == 2500


@pytest.mark.parametrize("text", ["tokens used: 1,234\n", "tokens used\n1,234\n"])
def test_codex_without_json_tells_tokens_in_words(text: str) -> None:
    assert read(text).tokens == 1234


def test_aider_tells_each_message() -> None:
    costs = read(
        "Tokens: 2.1k sent, 150 received. Cost: $0.0071 message, $0.0071 session.\n"
        "Applied edit to main.py\n"
        "Tokens: 12k sent, 1.0k cache write, 3.5k cache hit, 1.2k received.\n"
        "Cost: $0.05 message, $0.06 session.\n"
    )
    assert costs.tokens == 2100 + 150 + 12000 + 1200
    assert costs.usd == pytest.approx(0.0571)


def test_aider_without_a_price_of_its_model_tells_tokens_only() -> None:
    costs = read("Tokens: 2.1k sent, 150 received.\n")
    assert (costs.tokens, costs.usd) == (2250, None)


def test_mini_swe_agent_tells_dollars_so_far_and_begins_anew_in_each_run() -> None:
    steps = [(1, 0.01), (2, 0.03), (1, 0.02), (2, 0.05)]
    costs = read("".join(f"mini-swe-agent (step {n}, ${usd:.2f}):\n" for n, usd in steps))
    assert (costs.tokens, costs.usd) == (None, pytest.approx(0.08))


def test_dollars_that_a_tool_does_not_know_are_not_nothing() -> None:
    assert read("mini-swe-agent (step 1, $0.00):\n").usd is None


def test_events_of_openhands_may_hold_an_accumulated_cost() -> None:
    lines = [
        json.dumps({"kind": "State", "value": {"agent": {"accumulated_cost": usd}}})
        for usd in (0.01, 0.04)
    ]
    assert read("\n".join(lines)).usd == pytest.approx(0.04)


def test_a_form_of_ones_own_is_read_by_its_pattern() -> None:
    text = "used 1,200 tokens, 3 cents\nused 2k tokens, 4 cents\n"
    last = read(text, tokens=r"used ([\d,k]+) tokens", usd=r"(\d+) cents")
    assert (last.tokens, last.usd) == (2000, 4)
    total = read(text, tokens=r"used ([\d,k]+) tokens", usd=r"(\d+) cents", costs="sum")
    assert (total.tokens, total.usd) == (3200, 7)


def test_a_pattern_of_ones_own_replaces_the_known_forms_of_its_figure_only() -> None:
    costs = read(json.dumps(CLAUDE) + "\nbill: 7\n", usd=r"bill: (\d+)")
    assert (costs.tokens, costs.usd) == (15354, 7)


def test_a_figure_may_come_in_two_pieces_and_in_colour() -> None:
    costs = Costs(None, None)
    costs.feed("\x1b[31mmini-swe-agent (st")
    costs.feed("ep 1, $0.02)\x1b[0m:")
    assert costs.usd is None
    costs.end()
    assert costs.usd == pytest.approx(0.02)


@pytest.mark.parametrize(
    "line",
    [
        '{"type": "result", "total_cost_usd": "much", "usage": 3}',
        '{"type": "result", "total_cost_usd": -5}',
        '{"type": "turn.completed", "usage": {"input_tokens": true, "output_tokens": 1e400}}',
        '{"msg": {"type": "token_count", "info": null}}',
        "[" * 100_000,
        '{"a":' * 900 + '{"accumulated_cost": "x"}' + "}" * 900,
        "x" * (LINE_CHARS + 1),
        "tokens used\nnone",
    ],
)  # fmt: skip
def test_odd_lines_cost_an_unknown_amount(line: str) -> None:
    costs = read(line + "\n")
    assert (costs.tokens, costs.usd) == (None, None)


@pytest.mark.parametrize(
    ("pattern", "says"), [("(", "no regular expression"), ("cost", "has 0"), ("(a)(b)", "has 2")]
)
def test_a_pattern_that_cannot_be_used_is_refused_at_once(pattern: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        Costs(None, pattern)


def test_a_long_line_cannot_hold_the_host_up() -> None:
    # tried by the patterns, this one would take them hours
    costs = read("Tokens: 1 sent," + "1" * 900_000 + "\nTokens: 7 sent, 1 received.\n")
    assert costs.tokens == 8
