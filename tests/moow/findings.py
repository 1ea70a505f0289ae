"""What the doctor finds wrong."""

from moow.doctor.examination import examine


def to_mend() -> list[str]:
    """The sentences of all that is not right."""
    return [finding.sentence for finding in examine() if not finding.is_good]
