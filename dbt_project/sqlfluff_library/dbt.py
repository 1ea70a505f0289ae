"""Stand-in for dbt's cross-database macros while sqlfluff renders a model."""


def date_trunc(part: str, timestamp: object) -> str:
    """Render the start of the part of time that holds the timestamp."""
    return f"date_trunc('{part}', {timestamp})"


def dateadd(part: str, interval: object, timestamp: object) -> str:
    """Render the timestamp moved by so many parts of time."""
    return f"{timestamp} + interval '{interval} {part}'"


def datediff(first: object, second: object, part: str) -> str:
    """Render the number of parts of time from the first timestamp to the second."""
    return f"datediff('{part}', {first}, {second})"
