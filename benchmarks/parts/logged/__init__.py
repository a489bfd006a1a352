"""An app of the benchmark of the log alone: one decision's row, kept by each of those that are compared."""
