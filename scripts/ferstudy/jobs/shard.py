"""What of a shard's table decides what its jobs make: not where a video lies, but what is in it."""

CONTENT = ("clip", "start", "end", "digest")
