"""What is raised of a video that cannot be used."""


class Unusable(Exception):
    """A clip that cannot be used: `reason` is short and the same for all of a kind, `detail` is about this one."""

    def __init__(self, reason: str, detail: str = ""):
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail
