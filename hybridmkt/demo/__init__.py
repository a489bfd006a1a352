"""The generated demo: people, creators, past campaigns with outcomes and an open queue, made by the product's own verbs."""
