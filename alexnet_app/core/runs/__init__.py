"""The run folder: where the events of a run and its checkpoints are kept."""
