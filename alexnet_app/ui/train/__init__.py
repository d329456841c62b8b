"""The Train panel: settings, the live run, past runs."""
