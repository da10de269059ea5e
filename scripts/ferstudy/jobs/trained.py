"""What of a clips table a training looks at: a corrected age, or a moved video, trains nothing again."""

TRAINED = ("clip", "subject", "label", "group")
