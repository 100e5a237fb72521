"""What happens when things break: `make faults` kills, hangs, empties and fills real servers of its own.

    python -m faults [ROUNDS=n|full] [SEED=n] [ONLY=F3,F5] [REAL=1]     (settings from the environment)

Each fault is one function over a `Round`; each round ends with the ledger (faults/ledger.py): nothing lost
silently, nothing sent twice, whatever is uncertain is on a page. A short pass runs in `make test`
(tests/faults/). What is promised, and what was measured, is in docs/reliability.md.
"""
