"""Words of screening for templates."""
