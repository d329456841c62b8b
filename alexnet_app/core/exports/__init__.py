"""A run taken elsewhere: as a ZIP and back, as a report, as TensorBoard's files, as tables."""
