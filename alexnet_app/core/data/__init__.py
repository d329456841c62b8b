"""Pictures: decoding, sources, the embedded set, the prepared set, augmentation, batches."""
