"""The tracking server: ASGI around `kiseki.service`."""
