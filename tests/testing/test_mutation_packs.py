"""How good the packs' own tests are: a sample of faults in a pack, nearly all of which something notices."""

from __future__ import annotations

from tests.cli.conftest import Run, run

__all__ = ["run"]


def test_faults_in_a_pack_are_noticed(run: Run) -> None:
    """Of a sample of faults in common_zh at least 95 % are noticed, the others explained; `make long` judges all packs whole."""
    sample = ("--sample", "100", "--seed", "4242", "--jobs", "1")
    result = run("mutate", "common_zh", *sample, "--fail-under", "95", "--fail-unexplained")
    assert (result.exit_code, result.stderr) == (0, ""), result.output + result.stderr
