"""Other emulators to compare with: how each is installed, and started on 127.0.0.1.

Rule: they are installed by their own package managers, each into a folder of its own under FOLDER that git ignores,
and never into Decaf's environment; only moto is part of the dev extra.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

MOTO, MINISTACK, FAUXQS, ELASTICMQ, GOAWS = "moto", "ministack", "fauxqs", "ElasticMQ", "goaws"
SQSLITE, RUSTACK, LOCALSTACK = "sqslite", "rustack", "LocalStack"
FOLDER = Path(__file__).parents[2] / ".bench"

_PATIENCE = 900.0  # seconds for a command of an installation: rustack is compiled
_NODE = f"node-linux-{'arm64' if platform.machine() == 'aarch64' else 'x64'}"  # fauxqs needs one that has SQLite
_NPM_INSTALL = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts")
_FAUXQS = (
    'import { buildApp } from "fauxqs";'
    'await buildApp({ logger: false }).listen({ host: "127.0.0.1", port: Number(process.argv[1]) });'
)
_MAVEN_COPY = [
    *("mvn", "--batch-mode", "--quiet", "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"),
    "-DoutputDirectory=jars",
]
_POM = """<project><modelVersion>4.0.0</modelVersion><groupId>bench</groupId><artifactId>bench</artifactId>
<version>1</version><dependencies><dependency><groupId>org.elasticmq</groupId>
<artifactId>elasticmq-server_2.13</artifactId><version>{version}</version></dependency></dependencies></project>"""
# LocalStack does not start with the newest of these, nor with Python 3.11.
_LOCALSTACK = ("cbor2<5.8", "cryptography<47", "pyopenssl<26", "service-identity")
_GOAWS = """Local:
  Host: 127.0.0.1
  Port: {port}
  Region: us-east-1
  AccountId: "000000000000"
"""


@dataclass(frozen=True, slots=True)
class Peer:
    """An emulator. `installation` returns the commands that install it in a folder."""

    version: str
    command: Callable[[Path, int], list[str]]
    installation: Callable[[Path, str], list[list[str]]] = lambda folder, version: []
    environment: Callable[[int], dict[str, str]] = field(default=lambda port: {})


def _moto(folder: Path, port: int) -> list[str]:
    script = "import sys; from moto.server import main; main(sys.argv[1:])"
    return [sys.executable, "-c", script, "-H", "127.0.0.1", "-p", str(port)]


def _shell(script: str, *arguments: object) -> list[str]:
    """Return a command that runs `script`, in which `$1` is the first argument."""
    return ["sh", "-c", script, "sh", *map(str, arguments)]


def _venv(folder: Path, *packages: str, python: str = sys.executable) -> list[list[str]]:
    """Return the commands that make an environment with these packages."""
    return [
        [python, "-m", "venv", str(folder)],
        [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", *packages],
    ]


def _go_install(folder: Path, program: str) -> list[str]:
    return ["env", f"GOBIN={folder}", "go", "install", program]


PEERS: dict[str, Peer] = {
    MOTO: Peer("", _moto),
    MINISTACK: Peer(
        "1.5.33",
        lambda folder, port: [str(folder / "bin" / "python"), "-m", "ministack"],
        lambda folder, version: _venv(folder, f"ministack=={version}"),
        lambda port: {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "LOG_LEVEL": "ERROR", "SFTP_ENABLED": "0"},
    ),
    FAUXQS: Peer(
        "2.4.1",
        lambda folder, port: [
            str(folder / "node_modules" / _NODE / "bin" / "node"),
            "--input-type=module",
            "-e",
            _FAUXQS,
            str(port),
        ],
        lambda folder, version: [
            [*_NPM_INSTALL, f"fauxqs@{version}", f"{_NODE}@22"],
        ],
    ),
    LOCALSTACK: Peer(
        "4.14.0",
        lambda folder, port: ["env", f"FILESYSTEM_ROOT={folder}", "bin/python", "-m", "localstack.runtime.main"],
        lambda folder, version: _venv(
            folder, *_LOCALSTACK, f"localstack-core[runtime]=={version}", python="python3.13"
        ),
        lambda port: {
            "GATEWAY_LISTEN": f"127.0.0.1:{port}",
            "SERVICES": "sqs,sns",
            "OVERRIDE_IN_DOCKER": "0",
            "LS_LOG": "error",
            "DISABLE_EVENTS": "1",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
        },
    ),
    ELASTICMQ: Peer(
        "1.7.1",
        lambda folder, port: [
            "java",
            "-cp",
            str(folder / "jars" / "*"),
            *(f"-Dnode-address.{name}={value}" for name, value in (("host", "127.0.0.1"), ("port", port))),
            *(f"-Drest-sqs.bind-{name}={value}" for name, value in (("hostname", "127.0.0.1"), ("port", port))),
            "-Drest-stats.enabled=false",
            "org.elasticmq.server.Main",
        ],
        lambda folder, version: [_shell('echo "$1" >pom.xml', _POM.format(version=version)), _MAVEN_COPY],
    ),
    GOAWS: Peer(
        "0.5.4",
        lambda folder, port: _shell(
            'echo "$1" >"$2.yaml" && exec ./cmd -config "$2.yaml"', _GOAWS.format(port=port), port
        ),
        lambda folder, version: [_go_install(folder, f"github.com/Admiral-Piett/goaws/app/cmd@v{version}")],
    ),
    SQSLITE: Peer(
        "00fba1ca08f5",
        lambda folder, port: [str(folder / "sqslite"), "--bind-addr", f"127.0.0.1:{port}", "--region", "us-east-1"],
        lambda folder, version: [_go_install(folder, f"github.com/wcharczuk/sqslite@{version}")],
    ),
    RUSTACK: Peer(
        "0.12.0",
        lambda folder, port: [str(folder / "bin" / "rustack")],
        lambda folder, version: [
            [
                *("cargo", "install", "--quiet", "--root", str(folder)),
                *("--no-default-features", "--features", "sqs,sns", f"rustack-cli@{version}"),
            ],
        ],
        lambda port: {"GATEWAY_LISTEN": f"127.0.0.1:{port}", "LOG_LEVEL": "error"},
    ),
}


def fetch(name: str) -> str:
    """Install a peer unless it is installed; return why it cannot be, as a sentence, "" when it is."""
    peer, folder = PEERS[name], _folder(name)
    done = folder / ".installed"
    if not peer.version or done.exists():
        return ""
    folder.mkdir(parents=True, exist_ok=True)
    for command in peer.installation(folder, peer.version):
        try:
            subprocess.run(command, cwd=folder, check=True, timeout=_PATIENCE, stdout=subprocess.DEVNULL)
        except FileNotFoundError as missing:
            return f"{name} was left out: there is no {missing.filename} here to install it with."
        except subprocess.SubprocessError as failure:
            print(failure, file=sys.stderr)
            return f"{name} was left out: it could not be installed."
    done.touch()
    return ""


def launch(name: str, port: int) -> tuple[list[str], Path, dict[str, str]]:
    """Return the command that serves on `port`, its working directory, and its environment."""
    peer, folder = PEERS[name], _folder(name)
    return peer.command(folder, port), folder, {**os.environ, **peer.environment(port)}


def _folder(name: str) -> Path:
    return FOLDER / f"{name}-{PEERS[name].version}" if PEERS[name].version else Path.cwd()
