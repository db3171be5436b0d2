"""PostgreSQL: private clusters without network and password, or the user's server.

Two clusters, because they promise different things: ``durable`` keeps every commit
through a crash (``./hub run``, the system tests), ``fast`` does not (the Odoo tests).
Any other one is as durable, and for whoever makes it to break and to remove.
They listen on a socket in a folder that only their owner may enter.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .console import step
from .errors import Refusal
from .layout import Layout, built_aside, locked, short_hash
from .postgres_home import account, home, programs
from .process import Failed, is_running, output_of

#: Clusters, with the settings that make each what it is.
MODES: dict[str, dict[str, str]] = {
    "durable": {},
    "fast": {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
    },
}
#: Settings of both. Parallel queries would need more shared memory than a container's
#: 64 MB /dev/shm has.
COMMON = {
    "listen_addresses": "''",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "max_parallel_workers_per_gather": "0",
    "unix_socket_permissions": "0700",
    "log_line_prefix": "'%m [%p] %d '",
}
#: Role that owns everything; Odoo refuses to work as ``postgres``.
ROLE = "odoo"
#: The socket's name carries a port even where nothing listens on one.
PORT = 5432
#: The kernel's limit for a socket path is 107 bytes.
LONGEST_FOLDER = 85


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server.

    :param bin: folder of its programs.
    :param host: host name or socket folder.
    :param ours: whether we start and stop it.
    """

    bin: Path
    host: str
    port: int
    user: str
    password: str | None = None
    ours: bool = True

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point PostgreSQL's own programs, and Odoo's calls of them."""
        found = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user}
        return found | ({"PGPASSWORD": self.password} if self.password else {})

    def run(self, program: str, *words: str) -> str:
        """Run one of PostgreSQL's programs against the server."""
        return output_of([self.bin / program, *words], env=self.environment)

    def query(self, sql: str, database: str = "postgres") -> list[str]:
        """Return the rows of ``sql``, columns separated by a vertical bar."""
        words = ["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", database]
        return self.run("psql", *words, "-c", sql).splitlines()


def socket_folder(cluster: Path) -> Path:
    """Return a folder for the socket whose path is short enough."""
    inside = cluster / "socket"
    if len(str(inside)) <= LONGEST_FOLDER:
        return inside
    return Path(tempfile.gettempdir()) / f"sms-hub-pg-{short_hash(str(cluster))}"


class Cluster:
    """One private cluster."""

    def __init__(self, layout: Layout, mode: str, programs: Path) -> None:
        self.layout = layout
        self.mode = mode
        self.bin = programs
        self.uid = account()
        self.folder = home(layout) / mode
        self.data = self.folder / "data"
        self.log = self.folder / "server.log"
        self.socket = socket_folder(self.folder)

    @property
    def server(self) -> Server:
        """How to reach it."""
        return Server(self.bin, str(self.socket), PORT, ROLE)

    def pid(self) -> int | None:
        """Return the process id of the running server, if it is one of ours."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        pid = int(lines[0])
        return pid if is_running(pid, "postgres") else None

    def _as_account(self, argv: Sequence[str | Path]) -> str:
        return output_of(argv, user=self.uid, cwd=Path("/"))

    def _own(self, folder: Path) -> None:
        if self.uid is not None:
            os.chown(folder, self.uid, -1)

    def _make_home(self) -> None:
        parent = self.folder.parent
        parent.mkdir(parents=True, exist_ok=True)
        # The place beside a root's cache is open to everybody, so somebody else could
        # have made it first.
        if parent.is_symlink() or parent.stat().st_uid != os.geteuid():
            raise Refusal(f"{parent} belongs to somebody else; please remove it.")
        self.folder.mkdir(exist_ok=True)
        self._own(self.folder)

    def _configure(self, data: Path) -> None:
        settings = COMMON | MODES.get(self.mode, {})
        lines = [f"{name} = {value}" for name, value in settings.items()]
        with (data / "postgresql.conf").open("a") as target:
            target.write("\n".join(["", *lines, ""]))

    def create(self) -> None:
        """Make the data folder if it is not there."""
        if self.data.exists():
            return
        self._make_home()
        with step(f"Making a private PostgreSQL ({self.mode})"):
            with built_aside(self.data) as data:
                self._own(data)
                words = ["-D", data, "-U", ROLE, "-A", "trust", "-E", "UTF8"]
                options = ["--locale=C.UTF-8", "--no-sync"]
                self._as_account([self.bin / "initdb", *words, *options])
                self._configure(data)
            self.data.chmod(0o700)

    def start(self) -> None:
        """Start the server if it does not run.

        Its output goes to a file and its input is closed: a server that inherits a
        pipe keeps the reader at the other end waiting for ever.
        """
        if self.pid():
            return
        self.socket.mkdir(parents=True, exist_ok=True)
        self.socket.chmod(0o700)
        self._own(self.socket)
        argv = [self.bin / "pg_ctl", "start", "-w", "-s", "-D", self.data]
        options = ["-l", self.log, "-o", f"-k {self.socket} -p {PORT}"]
        done = subprocess.run(
            [str(word) for word in (*argv, *options)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user=self.uid,
            cwd="/",
            start_new_session=True,
            check=False,
        )
        if done.returncode:
            raise Refusal(
                f"The private PostgreSQL did not start; its log is {self.log}. "
                "`./hub clean` makes a new one."
            )

    def stop(self, how: str = "fast") -> bool:
        """Stop the server; tell whether there was one to stop.

        :param how: ``immediate`` is what a power cut does.
        """
        if not self.pid():
            return False
        self._as_account(
            [self.bin / "pg_ctl", "stop", "-w", "-m", how, "-D", self.data]
        )
        return True

    def remove(self) -> None:
        """Stop the server and remove all that it holds."""
        self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.socket, ignore_errors=True)


def named_server(environ: dict[str, str], programs_folder: Path) -> Server | None:
    """Return the server that ``PGHOST`` names, which is never ours to start or stop."""
    if not environ.get("PGHOST"):
        return None
    return Server(
        programs_folder,
        environ["PGHOST"],
        int(environ.get("PGPORT") or PORT),
        environ.get("PGUSER") or ROLE,
        environ.get("PGPASSWORD"),
        ours=False,
    )


def ready(layout: Layout, mode: str) -> Server:
    """Return a running server of ``mode``, or the one that ``PGHOST`` names."""
    folder = programs(layout)
    server = named_server(dict(os.environ), folder)
    if server:
        try:
            server.query("SELECT 1")
        except Failed as err:
            raise Refusal(
                f"The PostgreSQL server that PGHOST names ({server.host}) does not "
                f"answer:\n{err.tail}"
            ) from err
        return server
    cluster = Cluster(layout, mode, folder)
    with locked(layout, f"postgres-{mode}"):
        cluster.create()
        cluster.start()
    return cluster.server
