"""Errors a person can act on: the message names the thing, the value and the cure."""


class MoowError(Exception):
    """Something a person can put right; the command line prints the message and exits with 1."""


class SettingsError(MoowError):
    """A setting has a value that cannot work."""


class SourceError(MoowError):
    """A source cannot be read, or what it holds cannot be used."""


class WarehouseError(MoowError):
    """The warehouse cannot be reached or refuses a statement."""


class ServerGoneError(WarehouseError):
    """The embedded server ended while it was in use."""


class ContractError(MoowError):
    """A Python model's frame is not what the model declares."""
