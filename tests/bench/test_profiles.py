"""The bench of orders over time says what it could not measure, and why."""

import pytest

from bench.profiles import NOT_MEASURED, main


def test_absent_data_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CD3_DATA", raising=False)
    main(["--quick"])
    told = capsys.readouterr().out
    assert f"weighted tardiness: {NOT_MEASURED}" in told
    assert "CD3_DATA" in NOT_MEASURED
