"""Campaigns, runs and what they stand on in JSON: the same verbs and queries as the pages, no rule of its own."""
