"""The pure floor of review: what a review is worth; numpy alone."""
