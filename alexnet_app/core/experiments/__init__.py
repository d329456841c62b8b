"""The paper's experiments: what is trained for each, what is measured, and what the paper says."""
