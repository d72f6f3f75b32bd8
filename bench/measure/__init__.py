"""Runs mouthpiece and the baselines in turn and times them: one JSON document a run."""
