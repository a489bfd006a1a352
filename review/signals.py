"""What review listens to: `screening.signals.run_completed`, the only signal that travels up."""
