"""What Google Cloud needs on this machine: Beam's extra, and somebody's credentials."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator

from taurus_beam.runners.machine.need import Need

__all__ = ["credentials", "credentials_needs", "google_extra_needs", "has_extra"]

_KEY_FILE = "GOOGLE_APPLICATION_CREDENTIALS"


def has_extra() -> bool:
    """Whether Beam's extra for Google Cloud is installed."""
    try:
        return importlib.util.find_spec("google.cloud.storage") is not None
    except ModuleNotFoundError:
        return False


def credentials() -> str | None:
    """The file with the credentials that Google's libraries would use; None for none.

    A machine in Google Cloud needs no file; it asks its own metadata server.
    """
    config = os.environ.get("CLOUDSDK_CONFIG") or os.path.expanduser("~/.config/gcloud")
    named = os.environ.get(_KEY_FILE)
    place = named or os.path.join(config, "application_default_credentials.json")
    return place if os.path.isfile(place) else None


def google_extra_needs() -> Iterator[Need]:
    """What is missing of Beam to speak with Google Cloud."""
    if not has_extra():
        yield Need(
            "Beam's support for Google Cloud is not installed.",
            "pip install 'taurus-beam[dataflow]'",
        )


def credentials_needs() -> Iterator[Need]:
    """What is missing for Google Cloud to know who asks."""
    named = os.environ.get(_KEY_FILE)
    if credentials() or (named is None and _in_google_cloud()):
        return
    place = f"{_KEY_FILE} names {named}, which is no file" if named else "none were found"
    yield Need(
        f"There are no credentials for Google Cloud: {place}.",
        f"gcloud auth application-default login, or set {_KEY_FILE} to a key file.",
    )


def _in_google_cloud() -> bool:
    try:
        with open("/sys/class/dmi/id/product_name", encoding="utf-8") as file:
            return file.read().startswith("Google")
    except OSError:
        return False
