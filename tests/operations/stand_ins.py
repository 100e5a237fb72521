"""What a machine has besides Placewell, in a folder: commands that stand in, nginx's main file, a certificate."""

from __future__ import annotations

import datetime
import ipaddress
import os
import shutil
import sys
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = Path(__file__).resolve().parent


def commands(root: Path) -> dict[str, str]:
    """Name -> bash: small stand-ins for what a container has not, and for what would change this machine."""
    python = sys.executable
    copy = f'exec {python} {HERE / "copy_tree.py"} {root}/moves.json "${{@: -1}}"'
    nginx = f"{shutil.which('nginx') or '/usr/sbin/nginx'} -c {root}/etc/nginx/nginx.conf -p {root}"
    return {
        "apt-get": "exit 0",
        "adduser": "exit 0",
        "runuser": 'while [ "$1" != "--" ]; do shift; done; shift; exec "$@"',
        # As root in a container of its own or as a person: owners are not set.
        "install": "words=(); while [ $# -gt 0 ]; do\n"
        'case "$1" in -o|-g) shift 2;; *) words+=("$1"); shift;; esac; done\nexec /usr/bin/install "${words[@]}"',
        "git": f'[ "$1" = clone ] || exec /usr/bin/git "$@"; {copy}',
        "nginx": f'exec {nginx} "$@"',
        "systemctl": f'if [ "${{@: -1}}" = nginx ]; then\n'
        f"{nginx} -s stop 2>/dev/null || true; sleep 0.3; exec {nginx}\nfi\n"
        f'exec {python} {HERE / "systemctl.py"} {root} "$@"',
        "systemd-analyze": 'if [ -x /usr/bin/systemd-analyze ]; then exec /usr/bin/systemd-analyze "$@"; fi',
    }


def nginx_main_file(root: Path) -> None:
    """Write what Debian's package brings: the file that includes the sites."""
    folder = root / "etc/nginx"
    for name in ("sites-available", "sites-enabled"):
        (folder / name).mkdir()
    user = "user root;" if os.geteuid() == 0 else ""
    temp = "".join(f"{kind}_temp_path {root}/run/nginx-{kind};\n" for kind in
                   ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))  # fmt: skip
    (folder / "nginx.conf").write_text(
        f"{user}\nworker_processes 1;\npid {root}/run/nginx.pid;\n"
        f"error_log {root}/var/log/nginx/error.log;\n"
        "events { worker_connections 256; }\n"
        f"http {{\n{temp}default_type application/octet-stream;\n"
        "types { text/html html; text/css css; text/javascript js mjs; image/svg+xml svg; font/woff2 woff2; }\n"
        f"access_log off;\ninclude {folder}/sites-enabled/*;\n}}\n"
    )


def self_signed(folder: Path, host: str) -> None:
    """Put a certificate for two days and its key into a new folder."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    pem = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "privkey.pem").write_bytes(key.private_bytes(*pem))
