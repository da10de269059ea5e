"""What of a clips table is looked at where nothing is trained."""

COMPARED = ("clip", "subject", "label", "group", "digest", "votes")
SCORED = (*COMPARED, "sex", "age", "ethnicity")
# Everything but where the videos lie.
ALL = ("clip", "subject", "label", "start", "end", "group", "official", "sex", "age", "ethnicity", "digest", "votes")
