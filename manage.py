#!/usr/bin/env python3
"""Django's command line for this project (`./run manage ...` calls it in the right environment)."""

import os
import sys


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hybridmkt.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as refused:
        sys.exit(f"hybridmkt: {refused}")


if __name__ == "__main__":
    main()
