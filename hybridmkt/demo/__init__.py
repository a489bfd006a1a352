"""The generated demo: people, creators, past campaigns and an open queue, made by the product's own verbs."""
