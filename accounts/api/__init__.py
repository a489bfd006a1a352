"""The ground of the API: who asks, problems, pages, tags and kept answers. Rooms put their resources on top of it.

Everything here is about HTTP. What may be done and seen is decided by the verbs and queries that pages call as well.
"""
