"""What the benchmark makes of its samples: statistics, tables, the choice of rows, the page and its picture."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from scripts.benchmark import page, peers
from scripts.benchmark.__main__ import _peers
from scripts.benchmark.chart import chart
from scripts.benchmark.peers import PEERS, Peer, fetch
from scripts.benchmark.report import Report
from scripts.benchmark.rows import BOTO_SEND, FULL, QUICK, STARTS, Scale, all_rows
from scripts.benchmark.samples import Sample, ratio, spread, table
from scripts.benchmark.servers import DECAF, LEAST, OFF, RESPONDER, STATIC
from scripts.benchmark.start_up import Start
from scripts.benchmark.summary import SHOWN, rates, summary


def of(rate: int, cost: float = 10.0) -> Sample:
    """A second with `rate` requests, of `cost` microseconds each."""
    return Sample(rate, 1.0, rate * cost / 1e6)


def test_a_sample_is_a_rate_and_a_cost() -> None:
    sample = Sample(requests=500, wall=0.5, cpu=0.01)
    assert sample.rate == 1_000
    assert sample.cost == pytest.approx(20)


def test_results_read_as_median_and_range() -> None:
    assert spread([3000.0, 1000.0, 2000.0]) == "2,000 (1,000-3,000)"
    assert spread([1234.5], 1) == "1,234.5"
    assert ratio([4.0, 6.0], [2.0, 2.0]) == "2.50"
    assert ratio([1.0, 5.0, 2.0], [1.0, 5.0, 1.0]) == "1.00"  # a machine that was busy in one round was so for both


def test_a_table_without_rows_is_left_out() -> None:
    assert table(["what", "server", "n"], []) == ""
    assert (
        table(["what", "server", "n"], [["a", "b", "1"]])
        == "| what | server | n |\n| --- | --- | ---: |\n| a | b | 1 |"
    )
    assert Report().text() == ""


def test_costs_are_compared_with_the_floor_of_the_same_row() -> None:
    report = Report(
        {
            ("send", DECAF): [of(100, 30)],
            ("send", RESPONDER): [of(200, 60)],
            ("send", LEAST): [of(200, 20)],
            ("other", DECAF): [of(5)],
        }
    )
    assert report.text().splitlines()[2:] == [
        "| send | Decaf | 100 | 30 | 0.50 | 1.50 |",
        "| send | bare aiohttp | 200 | 60 | 1.00 | 3.00 |",
        "| send | the least work | 200 | 20 | 0.33 | 1.00 |",
        "| other | Decaf | 5 | 10 |  |  |",
    ]


def test_of_boto3_calls_the_share_above_static_answers_is_told() -> None:
    report = Report({(BOTO_SEND, DECAF): [of(800)], (BOTO_SEND, STATIC): [of(1_000)]})
    told = report.text().partition("share above static answers")[2]
    assert "| boto3 SendMessage | Decaf | 1.25 | 20% |" in told
    assert "| boto3 SendMessage | static answers | 1.00 |  |" in told


def test_starts_and_readings_have_their_units() -> None:
    report = Report(
        readings={("idle", "ms of CPU per second", DECAF): [3.4]},
        starts={(STARTS, DECAF): [Start(0.5, 0.25, 44.5 * 2**20)]},
    )
    assert "| idle | Decaf | 3 | ms of CPU per second |" in report.text()
    assert "| process start to first answer | Decaf | 0.50 | 0.25 | 44.5 |" in report.text()


@pytest.mark.parametrize("scale", [QUICK, FULL])
def test_every_row_is_for_decaf_and_has_a_title_of_its_own(scale: Scale) -> None:
    rows = [row for together in all_rows(scale) for row in together]
    assert all(DECAF in row.servers or OFF in row.servers for row in rows)
    assert len({row.title for row in rows}) == len(rows)


@pytest.mark.parametrize("scale", [QUICK, FULL])
def test_what_grew_takes_turns_with_what_it_grew_from(scale: Scale) -> None:
    for together in all_rows(scale):
        titles = {row.title for row in together}
        assert all(row.grown_from in titles for row in together if row.grown_from)


def test_only_the_plainest_backlog_is_played_with_a_million() -> None:
    with_a_million = [row.title for together in all_rows(FULL) for row in together if "1,000,000" in row.title]
    assert with_a_million == ["receive + delete, backlog of 1,000,000"]


def test_peers_are_named_with_commas() -> None:
    assert _peers("moto,fauxqs") == ["moto", "fauxqs"]
    assert _peers("") == []
    with pytest.raises(argparse.ArgumentTypeError, match=f"there is no peer nobody; there are {', '.join(PEERS)}"):
        _peers("moto,nobody")


def test_a_figure_says_in_how_many_rounds_the_machine_was_busy() -> None:
    report = Report({("send", DECAF): [of(100, 30)], ("other", DECAF): [of(5)]}, busy=Counter({("send", DECAF): 2}))
    assert "| send | Decaf | 100 | 30, busy in 2 |  |  |" in report.text()
    assert "| other | Decaf | 5 | 10 |  |  |" in report.text()


def test_a_peer_without_its_tool_is_left_out_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def installed_by(tool: str) -> Peer:
        return Peer("1", lambda folder, port: [], lambda folder, version: [[tool]])

    monkeypatch.setattr(peers, "FOLDER", tmp_path)
    monkeypatch.setattr(peers, "PEERS", {name: installed_by(name) for name in ("no-such-tool", "false", "true")})
    assert fetch("no-such-tool") == "no-such-tool was left out: there is no no-such-tool here to install it with."
    assert fetch("false") == "false was left out: it could not be installed."
    assert fetch("true") == ""


BLANK = f"""before
{page.SUMMARY_BEGIN}
old
{page.SUMMARY_END}
between
{page.BEGIN}
old
{page.END}
after
"""
SEND = "SendMessage, 1 connection"


def texts_of(picture: str) -> list[str | None]:
    return [element.text for element in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]


def test_a_page_keeps_what_is_written_by_hand(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    file.write_text(BLANK)
    report = Report({(SEND, DECAF): [of(100)], (SEND, "moto"): [of(1_250)]})
    for _ in range(2):
        page.write(file, "2026-11-24, a machine", report)
    text = file.read_text()
    assert text.startswith(f"before\n{page.SUMMARY_BEGIN}\n![")
    assert f"| {SEND} | 100 | 1,250 |\n{page.SUMMARY_END}\nbetween\n{page.BEGIN}\n2026-11-24, a machine\n" in text
    assert text.endswith(f"| {SEND} | moto | 1,250 | 10 |  |  |\n{page.END}\nafter\n")
    assert "old" not in text
    assert texts_of((tmp_path / "performance.svg").read_text())[1:] == [SEND, "Decaf", "100", "moto", "1,250"]


def test_a_page_without_a_place_for_results_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "performance.md"
    file.write_text("nothing\n")
    with pytest.raises(ValueError, match="has no place for results"):
        page.write(file, "2026-11-24", Report())
    assert file.read_text() == "nothing\n"


def test_results_without_a_date_are_refused() -> None:
    with pytest.raises(ValueError, match="no date"):
        page.summarized(BLANK, "performance.svg")


def test_the_summary_has_what_decaf_and_others_played() -> None:
    alone, floors, shared = SHOWN[:3]
    costs = {
        (alone, DECAF): [of(1)],
        (floors, DECAF): [of(2)],
        (floors, RESPONDER): [of(9_000)],
        (shared, "fauxqs"): [of(1_500), of(2_500), of(1_600)],
        (shared, DECAF): [of(2_000)],
        ("a row of less interest", DECAF): [of(3)],
        ("a row of less interest", "moto"): [of(3)],
    }
    results = Report(costs, years={("a year", DECAF): [1.0]}).text()
    assert rates(results) == {shared: {DECAF: 2_000, "fauxqs": 1_600}}
    assert summary(results) == (
        f"| calls per second | Decaf | fauxqs |\n| --- | ---: | ---: |\n| {shared} | 2,000 | 1,600 |"
    )


def test_the_picture_has_bars_in_proportion() -> None:
    drawn = chart({"send & more": {DECAF: 2_000, "moto": 500}}, "2026-11-24")
    bars = [
        float(element.attrib["width"])
        for element in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}rect")
        if "x" in element.attrib
    ]
    first, *others = texts_of(drawn)
    assert "2026-11-24" in str(first)
    assert others == ["send & more", "Decaf", "2,000", "moto", "500"]
    assert bars[0] == pytest.approx(4 * bars[1])
