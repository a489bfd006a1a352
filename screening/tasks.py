"""The belt to the worker: kinds of jobs of this floor (see `jobs.dispatch.runs`)."""
