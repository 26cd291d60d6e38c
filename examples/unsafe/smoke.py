#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs ledgerd with a small auditor beside it and checks what it answers.

usage: smoke.py [--lose-money] [path/to/ledgerd]
       (default: build/examples/unsafe/ledgerd)

Exit code 0 if every answer was right and the service ended by itself after
SIGTERM. Stays off the paths on which the service is known to hang or to lose
money: no two clients ever use the same account at once. With --lose-money it
does only that, and prints what is left.
"""

import os
import pathlib
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 20  # seconds for any one answer, generous for a loaded machine


class Auditor(socketserver.ThreadingTCPServer):
    """Keeps what it is sent; hangs up on `hang_up_at`-th record once."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), AuditorSession)
        self.lock = threading.Lock()
        self.records = []
        self.byes = 0
        self.hang_up_at = None
        threading.Thread(target=self.serve_forever, daemon=True).start()


class AuditorSession(socketserver.StreamRequestHandler):
    def handle(self):
        auditor = self.server
        for raw in self.rfile:
            words = raw.decode().strip().split(" ", 1)
            with auditor.lock:
                if words[0] == "REC":
                    if auditor.hang_up_at == len(auditor.records):
                        auditor.hang_up_at = None
                        return
                    auditor.records.append(words[1])
                    answer = "ACK"
                elif words[0] == "PING":
                    answer = "PONG"
                elif words[0] == "COUNT":
                    answer = f"COUNT {len(auditor.records)}"
                elif words[0] == "BYE":
                    auditor.byes += 1
                    return
                elif words[0] == "":
                    continue
                else:
                    answer = "WHAT"
            self.wfile.write(answer.encode() + b"\n")


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), LIMIT)
        self.lines = self.socket.makefile("r", encoding="ascii")
        expect("greeting", self.line(), "OK ledgerd")

    def line(self):
        return self.lines.readline().rstrip("\n")

    def ask(self, request):
        self.socket.sendall(request.encode() + b"\n")
        return self.line()

    def check(self, request, answer):
        expect(request, self.ask(request), answer)

    def history(self, account):
        first = self.ask(f"HISTORY {account}")
        status, count = first.split()
        expect(f"HISTORY {account}", status, "OK")
        return [self.line() for _ in range(int(count))]

    def close(self):
        self.socket.close()


class Ledgerd:
    def __init__(self, binary, data, auditor):
        self.process = subprocess.Popen(
            [
                binary, "--port", "0", "--data", data, "--checkpoint-ms", "150",
                "--audit", f"127.0.0.1:{auditor.server_address[1]}",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        # A hang anywhere ends here instead of with the caller's patience.
        self.watchdog = threading.Timer(3 * LIMIT, self.process.kill)
        self.watchdog.start()
        first = self.process.stdout.readline().strip()
        if not first.startswith("listening on 127.0.0.1:"):
            raise SystemExit(f"smoke: ledgerd did not start: '{first}'")
        self.port = int(first.rsplit(":", 1)[1])

    def end(self, number, expected):
        self.process.send_signal(number)
        try:
            expect(f"exit code after {signal.Signals(number).name}",
                   self.process.wait(LIMIT), expected)
        finally:
            self.watchdog.cancel()

    def kill(self):
        self.watchdog.cancel()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def expect(what, got, wanted):
    if got != wanted:
        raise SystemExit(f"smoke: {what}: got '{got}', wanted '{wanted}'")


def one_client(port, auditor):
    client = Client(port)
    client.check("OPEN alice", "OK")
    client.check("OPEN alice", "ERR account exists")
    client.check("OPEN bob", "OK")
    client.check("DEPOSIT alice 100", "OK")
    client.check("DEPOSIT nobody 100", "ERR no such account")
    client.check("TRANSFER alice bob 30", "OK")
    client.check("TRANSFER alice bob 71", "ERR insufficient funds")
    client.check("TRANSFER alice alice 1", "ERR same account")
    client.check("TRANSFER alice bob -1", "ERR bad request")
    client.check("BALANCE alice", "OK 70")
    client.check("BALANCE bob", "OK 30")
    client.check("HELLO", "ERR bad request")
    client.check("CLOSE bob", "ERR account not empty")
    client.check("TRANSFER bob alice 30", "OK")
    client.check("CLOSE bob", "OK")
    client.check("BALANCE bob", "ERR no such account")
    entries = [line.split()[1:] for line in client.history("alice")]
    expect("HISTORY alice", entries, [
        ["T", "bob", "alice", "30"],
        ["T", "alice", "bob", "30"],
        ["D", "alice", "-", "100"],
        ["O", "alice", "-", "0"],
    ])
    client.check("VERIFY", "OK")
    with auditor.lock:
        expect("audited transfers", len(auditor.records), 2)
        auditor.hang_up_at = 2
    client.check("OPEN carol", "OK")
    client.check("TRANSFER alice carol 20", "OK")
    with auditor.lock:
        expect("audited after a reconnect", len(auditor.records), 3)
    client.check("VERIFY", "OK")
    status, path = client.ask("SNAPSHOT").split(" ", 1)
    expect("SNAPSHOT", status, "OK")
    balances = [line.strip() for line in pathlib.Path(path).read_text().splitlines()
                if not line.startswith(" ")]
    expect("snapshot", balances, ["alice 80", "carol 20"])
    client.check("QUIT", "OK bye")
    expect("end of the session", client.line(), "")
    client.close()


def many_clients(port, count, transfers):
    failures = []

    def work(number):
        try:
            a, b = f"a{number}", f"b{number}"
            client = Client(port)
            client.check(f"OPEN {a}", "OK")
            client.check(f"OPEN {b}", "OK")
            client.check(f"DEPOSIT {a} 1000", "OK")
            for amount in range(1, transfers + 1):
                client.check(f"TRANSFER {a} {b} {amount}", "OK")
            moved = transfers * (transfers + 1) // 2
            client.check(f"BALANCE {a}", f"OK {1000 - moved}")
            client.check(f"BALANCE {b}", f"OK {moved}")
            client.check("QUIT", "OK bye")
            client.close()
        except (SystemExit, OSError) as failure:
            failures.append(f"client {number}: {failure}")

    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise SystemExit("\n".join(failures))


def lose_money(binary, auditor):
    with tempfile.TemporaryDirectory(prefix="ledgerd-") as data:
        service = Ledgerd(binary, data, auditor)
        try:
            client = Client(service.port)
            client.check("OPEN common", "OK")

            def work():
                depositor = Client(service.port)
                for _ in range(50):
                    depositor.check("DEPOSIT common 1", "OK")
                depositor.check("QUIT", "OK bye")

            threads = [threading.Thread(target=work) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            print(f"4 clients, 50 deposits of 1 each: {client.ask('BALANCE common')}")
            service.end(signal.SIGTERM, 0)
        finally:
            service.kill()


def main():
    arguments = sys.argv[1:]
    losing = "--lose-money" in arguments
    if losing:
        arguments.remove("--lose-money")
    if len(arguments) > 1 or any(a.startswith("-") for a in arguments):
        raise SystemExit(__doc__)
    binary = arguments[0] if arguments else ROOT / "build/examples/unsafe/ledgerd"
    if not os.access(binary, os.X_OK):
        raise SystemExit(f"smoke: {binary} is not there: build it first, see README.md")
    auditor = Auditor()
    if losing:
        return lose_money(binary, auditor)
    with tempfile.TemporaryDirectory(prefix="ledgerd-") as data:
        first = Ledgerd(binary, data, auditor)
        try:
            one_client(first.port, auditor)
            many_clients(first.port, count=6, transfers=10)
            # Two clients that have nothing to say hear of the end.
            idle = [Client(first.port), Client(first.port)]
            first.end(signal.SIGTERM, 0)
            for client in idle:
                expect("farewell", client.line(), "BYE")
                expect("hang-up", client.line(), "")
            expect("port file", os.path.exists(os.path.join(data, "port")), False)
            with auditor.lock:
                expect("audited transfers", len(auditor.records), 63)
        finally:
            first.kill()

        # The books outlive a service that ends well, and one that does not.
        second = Ledgerd(binary, data, auditor)
        try:
            client = Client(second.port)
            client.check("BALANCE alice", "OK 80")
            client.check("BALANCE b5", "OK 55")
            client.check("DEPOSIT carol 5", "OK")
            second.end(signal.SIGKILL, -signal.SIGKILL)
        finally:
            second.kill()
        third = Ledgerd(binary, data, auditor)
        try:
            client = Client(third.port)
            client.check("BALANCE carol", "OK 25")
            client.check("TRANSFER carol alice 25", "OK")
            client.check("VERIFY", "OK")
            client.check("CLOSE carol", "OK")
            client.check("QUIT", "OK bye")
            third.end(signal.SIGTERM, 0)
        finally:
            third.kill()
    print("smoke: all answers right")


if __name__ == "__main__":
    main()
