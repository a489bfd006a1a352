"""Cards, what is done to them and what came of it in JSON: the verbs and queries of the pages, no rule of its own."""
