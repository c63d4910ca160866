"""What can go wrong in the app, by what whoever meets it should do.

AppError
├── ConfigurationError   set something right and start again
├── SecretsError         give the right secret key
└── StaleError           read again, then decide again
"""


class AppError(Exception):
    """The root of the app's errors; `hint` says what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class ConfigurationError(AppError):
    """A setting is missing or wrong; the command ends with exit code 3."""


class SecretsError(AppError):
    """A secret can't be kept or opened with the secret key that was given."""


class StaleError(AppError):
    """The row has changed since it was read."""
