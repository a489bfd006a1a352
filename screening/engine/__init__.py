"""The pure scoring engine: arrays in, arrays out; no Django, clock, file or network."""
