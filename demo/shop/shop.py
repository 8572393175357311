"""The shop: one page, which says in which container it was made."""

import socket


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"served by {socket.gethostname()}\n".encode()]
