"""Review: what people think, and who decides."""
