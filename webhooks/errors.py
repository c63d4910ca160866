"""Why a delivery is turned away, and what the sender is told."""


class DeliveryError(Exception):
    """The root: a delivery that is not stored. `code` is stable, `status` is HTTP."""

    status = 400
    code = "bad_delivery"
    # Jira tries again on 408, 409, 425, 429 and 5xx only: our own trouble must be 503.
    retry_after: int | None = None


class UnknownSiteError(DeliveryError):
    """The path names no site of ours."""

    status = 404
    code = "unknown_site"


class BadSignatureError(DeliveryError):
    """The body is not signed with a secret of this site."""

    status = 401
    code = "bad_signature"


class NotConfiguredError(DeliveryError):
    """The site has no secret yet, so nothing can be verified: try again later."""

    status = 503
    code = "not_configured"
    retry_after = 60


class TooLargeError(DeliveryError):
    """The body is larger than Jira ever sends."""

    status = 413
    code = "too_large"


class EncodedError(DeliveryError):
    """The body is compressed; nothing that comes in is ever unpacked."""

    status = 415
    code = "encoded_body"


class TooSlowError(DeliveryError):
    """The body did not arrive in time."""

    status = 408
    code = "too_slow"


class StoreUnavailableError(DeliveryError):
    """The store cannot take it now: try again later."""

    status = 503
    code = "store_unavailable"
    retry_after = 60
