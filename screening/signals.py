"""The one signal that travels up: a finished screening run."""

from django.dispatch import Signal

# Sent by the worker inside the transaction that completes a run, with `run`; review opens its tasks on it.
run_completed = Signal()
