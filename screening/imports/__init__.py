"""Files of creators: read, understood, checked and loaded."""
