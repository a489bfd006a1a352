"""The pure floor of review: combining AI and people, and what a review is worth; numpy alone."""
