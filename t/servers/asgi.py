"""An upstream of ASGI: uvicorn --app-dir t/servers --port PORT asgi:app"""

import gzip
import json

BIG = json.dumps({"data": "x" * 300000}).encode()


async def app(scope, receive, send):
    if scope["type"] != "http":
        return

    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)

    path = scope["path"]
    asked = dict(scope["headers"]).get(b"accept-encoding", b"")
    status = 200
    headers = [(b"x-port", b"%d" % scope["client"][1]),
               (b"content-type", b"application/json")]
    parts = [b'{"n":1}']

    if path == "/big":
        parts = [BIG]
    elif path == "/chunked":
        parts = [BIG[i:i + 70000] for i in range(0, len(BIG), 70000)]
    elif path == "/gzip":
        parts = [b'"not asked for"']
        if b"gzip" in asked:
            parts = [gzip.compress(BIG)]
            headers.append((b"content-encoding", b"gzip"))
    elif path == "/empty":
        status = 204
        parts = [b""]
    elif path == "/same":
        status = 304
        headers.append((b"etag", b'"1"'))
        parts = [b""]
    elif path == "/echo":
        parts = [body]

    # without a length uvicorn sends chunks

    if path != "/chunked" and status == 200:
        headers.append((b"content-length", b"%d" % len(parts[0])))

    await send({"type": "http.response.start", "status": status,
                "headers": headers})
    for part in parts:
        await send({"type": "http.response.body", "body": part,
                    "more_body": True})
    await send({"type": "http.response.body", "body": b""})
