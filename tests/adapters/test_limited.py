import os
import sys
import time

import pytest

from app.adapters.limited import LimitExceeded, run_limited


def python(code, **limits):
    options = {"seconds": 10, "memory_mb": 500} | limits
    return run_limited([sys.executable, "-I", "-c", code], **options)


def test_command_gets_data_and_gives_output():
    ended = python("import sys; sys.stdout.write(sys.stdin.read().upper())", data=b"hello")
    assert (ended.ok, ended.stdout) == (True, b"HELLO")


def test_command_gets_no_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hush")
    assert b"SECRET" not in python("import os; print(dict(os.environ))").stdout


def test_endless_command_and_its_children_are_stopped():
    began = time.monotonic()
    with pytest.raises(LimitExceeded):
        python("import os, time; os.fork(); time.sleep(60)", seconds=0.5)
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform != "linux", reason="no address space limit there")
def test_greedy_command_dies_alone():
    assert python("x = bytearray(800_000_000)").ok is False


def test_flood_of_output_is_bounded(tmp_path):
    ended = python("import sys; sys.stdout.write('x' * 9_000_000)", file_mb=20)
    assert len(ended.stdout) == 4 * 1024 * 1024
    assert python(f"open({os.fspath(tmp_path / 'big')!r}, 'w').write('x' * 3_000_000)", file_mb=1).ok is False
