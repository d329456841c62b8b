"""The form of a configuration: fields, editors, folds."""
