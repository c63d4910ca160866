"""A company's network: its own CA, a server that only that signed, a proxy out."""

import contextlib
import datetime as dt
import http.server
import io
import ipaddress
import json
import select
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

INFO = {"deploymentType": "Server", "version": "9.12.5", "versionNumbers": [9, 12, 5]}


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=36_500))
    )


@dataclass(frozen=True)
class Company:
    """Where its CA's certificate lies, and the TLS of its servers."""

    ca_file: Path
    tls: ssl.SSLContext


def make_company(folder: Path) -> Company:
    """Make a CA and a certificate of `localhost` that it signed."""
    ca_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    ca = (
        _builder("Acme CA", "Acme CA", ca_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    certificate = (
        _builder("localhost", "Acme CA", key)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    ca_file, own = folder / "ca.pem", folder / "server.pem"
    ca_file.write_bytes(ca.public_bytes(pem))
    own.write_bytes(
        key.private_bytes(
            pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(pem)
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(own)
    return Company(ca_file, tls)


class _Jira(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(INFO).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def jira_behind(tls: ssl.SSLContext | None) -> Iterator[int]:
    """Serve a Jira that says what it is, and give its port."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Jira) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        with _served(server):
            yield server.server_address[1]


@dataclass
class Proxy:
    """A proxy, the first lines that it was sent, and who it lets through."""

    port: int = 0
    password: str = ""
    asked: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)


@contextlib.contextmanager
def proxy_out(
    *, leads_to: int, password: str = "", tls: ssl.SSLContext | None = None
) -> Iterator[Proxy]:
    """Serve a proxy that leads every name to one port here: names are its to resolve.

    With a `password` it turns away whoever does not give it.
    """
    proxy = Proxy(password=password)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = _head(self.rfile)
            proxy.asked.append(head[0])
            given = [line for line in head if line.startswith("Proxy-Authorization:")]
            proxy.known += given
            if proxy.password and not given:
                refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n"
                self.wfile.write(refusal + b"Content-Length: 0\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", leads_to)) as there:
                if head[0].startswith("CONNECT"):
                    self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                else:
                    there.sendall("\r\n".join([*head, "", ""]).encode())
                _pump(self.connection, there)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def get_request(self) -> tuple[socket.socket, object]:
            connection, address = super().get_request()
            if tls is not None:
                connection = tls.wrap_socket(connection, server_side=True)
            return connection, address

    with Server(("127.0.0.1", 0), Handler) as server, _served(server):
        proxy.port = server.server_address[1]
        yield proxy


def _head(lines: io.BufferedIOBase) -> list[str]:
    return [line.decode().rstrip() for line in iter(lines.readline, b"\r\n")]


def _pump(one: socket.socket, other: socket.socket) -> None:
    """Carry bytes both ways until either side ends."""
    with contextlib.suppress(OSError):
        while True:
            pending = isinstance(one, ssl.SSLSocket) and one.pending()
            ready = [one] if pending else select.select([one, other], [], [], 60)[0]
            for source in ready:
                data = source.recv(65536)
                if not data:
                    return
                (other if source is one else one).sendall(data)
            if not ready:
                return


@contextlib.contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join(timeout=10)
