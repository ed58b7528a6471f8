"""What tests of a flow are made of: conversations written down as `*.talk.yaml` and played against the flow."""

from csflow.testing.script import Talk, load_talks
from csflow.testing.talk import Failure, play_talk, run_talk

__all__ = ["Failure", "Talk", "load_talks", "play_talk", "run_talk"]
