"""What answers each endpoint of `kiseki.wire.routes`.

A module has `READS` and `WRITES`, which map the name of an endpoint to a function of a session and the request's
struct, and `STREAMS`, which map it to a coroutine of the request and the server's context. Modules do not know each
other.
"""
