"""People: who they are, what they may see and do, how numbers are written for them."""
