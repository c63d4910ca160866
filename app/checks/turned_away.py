"""What to say of a site that does not let us in, or not everywhere."""

from app.books.sites import Site
from app.checks.finding import Finding
from connectors.errors import RefusedError, UnauthorizedError


def refused(site: Site, error: UnauthorizedError) -> Finding:
    """Tell that the credential was not taken, and how to mend it."""
    path = f"/api/v1/sites/{site.id}"
    mend = {
        "oauth": f"let somebody consent anew: POST {path}/authorization",
        "basic": f"log in once in a browser (a CAPTCHA may wait), then PATCH {path}",
    }
    whose = "Jira's token: " if site.credential.way.by_product else ""
    fresh = f"make a new one and PATCH {path} with it and its expiry"
    return Finding(
        "credential",
        f"sites/{site.id}",
        "fail",
        f"{site.credential.way}: {whose}{error}",
        "it is wrong, expired or revoked, or good elsewhere only (a token with scopes "
        "needs kind scoped_token); the first call stops the site and keeps its work",
        mend.get(site.credential.way, fresh),
    )


def not_granted(on: str, told: str) -> Finding:
    """Tell that the credential is good, but not for all."""
    return Finding(
        "credential.scopes",
        on,
        "fail",
        told,
        "the credential is good, but not for this; the rest goes on",
        "compare its scopes with those of docs/access.md, and the account's rights",
    )


def misplaced(site: Site, error: RefusedError) -> Finding:
    """Tell an address that is not called from a site that refuses something."""
    on = f"sites/{site.id}"
    if error.status == 0:
        mend = "add the host to CD3_ALLOWED_HOSTS if it is yours, or PATCH the URL"
        why = "CD3 calls no other hosts"
        return Finding("address", on, "fail", str(error), why, mend, "configuration")
    why = "what answers there is not the Jira that we look for"
    mend = f"check the site's url: {site.url}"
    return Finding("jira", on, "fail", str(error), why, mend)
