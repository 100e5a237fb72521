"""`make bench` reads its benchmarks' figures and holds them against their floors."""

from bench.__main__ import BENCHMARKS, Held, mail, main, outage, reminders, routing, table

ROUTING = """
S    placewell          8.6       9.0      7
S    algmatch        1288.0    1300.0      7       141x  floor 100x holds, aim 300x MISSED
L    together 5.61 s of CPU: floor 5.0 s MISSED, aim 1.0 s MISSED
"""


def test_routing_is_judged_by_its_own_verdicts():
    assert list(routing(ROUTING)) == [
        Held("routing: S algmatch", "141x", "100x", True),
        Held("routing: L together", "5.61 s", "5.0 s", False),
    ]


def test_figures_are_held_against_their_floors():
    quick, slow = {"median": 0.1, "p99": 0.9, "most": 3}, {"median": 0.1, "p99": 5.1, "most": 6}
    states = ("up", "down", "hung")
    figures = {f"submit, broker {state}": quick for state in states}
    figures |= {f"sign-in code, broker {state}": slow for state in states}
    figures["emptied"] = {"s until all mails had ended, most": 24.0, "lost": 0, "doubled": 1}
    assert [held.holds for held in outage(figures)] == [True, True, True, False, False, False, True, False]
    rows = {"1,000,000": {"nothing due, wall ms": 1.7}, "large by small, CPU": 1.31}
    assert [held.holds for held in reminders(rows)] == [True, False]
    ways = {
        "5 ms away": {"a task and a connection each": {"times a task each": 1}, "a sweep": {"times a task each": 3.2}}
    }
    assert [held.holds for held in mail(ways)] == [True]
    assert table([Held("what", "3 s", "at most 2 s", False)]).endswith("what  3 s       at most 2 s  MISSED")


def test_unknown_benchmark_is_named(monkeypatch, capsys):
    monkeypatch.setenv("ONLY", "mail,nonsense")
    assert main([]) == 2
    assert ", ".join(BENCHMARKS) in capsys.readouterr().err
