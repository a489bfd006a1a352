"""The belt to the worker: jobs and ticks of this floor."""
