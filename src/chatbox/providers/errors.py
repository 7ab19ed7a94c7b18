"""What can be refused about providers and models."""

from chatbox.kernel.errors import AppError


class ProviderNotFound(AppError):
    code = "provider_not_found"
    status = 404


class ModelUnknown(AppError):
    """The model's id names nothing that the person may use."""

    code = "model_unknown"
    status = 404


class NoModel(AppError):
    """There is no model at all: no provider, and no built-in model on this machine."""

    code = "no_model"
    status = 409


class SharingNotAllowed(AppError):
    code = "sharing_not_allowed"
    status = 403


class UnknownKind(AppError):
    code = "unknown_provider_kind"
    status = 422


class BadBaseUrl(AppError):
    code = "bad_base_url"
    status = 422


class TooManyProviders(AppError):
    code = "too_many_providers"
    status = 409
