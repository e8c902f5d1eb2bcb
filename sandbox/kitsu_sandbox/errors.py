"""The one error a sandbox raises: a message for the person who runs the command."""


class SandboxError(Exception):
    """The sandbox cannot do what was asked; the message says why and what to do."""
