#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Plays an editor to a language server and prints the diagnostics it is sent.

Usage: lsp.py SERVER FILE [--type TEXT_FILE]... [--plain] [-- SERVER_ARGUMENT...]

FILE is opened; each --type then replaces its text by that of TEXT_FILE, as if
somebody typed it. After each step the diagnostics that belong to that version
are printed, sorted by place, with links and related places in the order of the
message. With --plain the editor does not know related places, and the rest of
the message is printed. A file:// link is looked up on the disk and marked if it leads nowhere.
"""
import argparse
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import urllib.parse

TIMEOUT = 120


def fail(message: str) -> None:
    print(f"lsp.py: {message}", file=sys.stderr)
    sys.exit(1)


class Server:
    def __init__(self, command: list[str], folder: pathlib.Path, home: str) -> None:
        # A developer's own ~/.config/clangd must not change a test.
        environment = dict(os.environ, HOME=home, XDG_CONFIG_HOME=home, XDG_CACHE_HOME=home)
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, cwd=folder, env=environment
        )
        self.incoming: queue.Queue = queue.Queue()
        self.requests = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        stream = self.process.stdout
        while True:
            length = None
            while (line := stream.readline().strip()) != b"":
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
            if length is None:
                self.incoming.put(None)
                return
            self.incoming.put(json.loads(stream.read(length)))

    def _send(self, message: dict) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def notify(self, method: str, params: dict) -> None:
        self._send({"method": method, "params": params})

    def _wait(self, what: str, wanted) -> dict:
        while True:
            try:
                message = self.incoming.get(timeout=TIMEOUT)
            except queue.Empty:
                message = None
            if message is None:
                self.log.seek(0)
                sys.stderr.write(self.log.read().decode(errors="replace"))
                fail(f"the server sent no {what}")
            if "method" in message and "id" in message:
                self._send({"id": message["id"], "result": None})
            elif wanted(message):
                return message

    def request(self, method: str, params) -> dict:
        self.requests += 1
        number = self.requests
        self._send({"id": number, "method": method, "params": params})
        return self._wait(f"answer to {method}", lambda m: m.get("id") == number and "method" not in m)

    def diagnostics(self, uri: str, version: int) -> list[dict]:
        def wanted(message: dict) -> bool:
            params = message.get("params", {})
            return (
                message.get("method") == "textDocument/publishDiagnostics"
                and params["uri"] == uri
                and params.get("version") == version
            )

        return self._wait(f"diagnostics for version {version}", wanted)["params"]["diagnostics"]


def place(span: dict) -> str:
    return f'{span["start"]["line"] + 1}:{span["start"]["character"] + 1}'


def show(title: str, diagnostics: list[dict]) -> None:
    print(f"== {title}: {len(diagnostics)} diagnostics")
    severities = {1: "error", 2: "warning", 3: "information", 4: "hint"}
    for each in sorted(diagnostics, key=lambda d: (d["range"]["start"]["line"], d["range"]["start"]["character"])):
        first_line, *more_lines = filter(None, each["message"].split("\n"))
        print(f'{place(each["range"])}: {severities[each["severity"]]} [{each.get("code", "")}]: {first_line}')
        link = each.get("codeDescription", {}).get("href")
        if link:
            parts = urllib.parse.urlparse(link)
            lost = parts.scheme == "file" and not os.path.exists(urllib.parse.unquote(parts.path))
            print(f"  link: {link}{' leads nowhere' if lost else ''}")
        for line in more_lines:
            print(f"  message: {line}")
        for related in each.get("relatedInformation", []):
            where = related["location"]
            name = pathlib.PurePosixPath(urllib.parse.urlparse(where["uri"]).path).name
            print(f'  related: {name}:{place(where["range"])}: {related["message"]}')
    sys.stdout.flush()


def show_fixes(server: Server, uri: str, diagnostics: list[dict]) -> None:
    for each in diagnostics:
        context = {"diagnostics": [each], "only": ["quickfix"]}
        params = {"textDocument": {"uri": uri}, "range": each["range"], "context": context}
        for action in server.request("textDocument/codeAction", params)["result"]:
            for edit in action.get("edit", {}).get("changes", {}).get(uri, []):
                print(f'quick fix: {place(edit["range"])}: insert {edit["newText"]!r}')
    sys.stdout.flush()


def main() -> None:
    arguments = sys.argv[1:]
    server_arguments = []
    if "--" in arguments:
        cut = arguments.index("--")
        arguments, server_arguments = arguments[:cut], arguments[cut + 1 :]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server")
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--type", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--fixes", action="store_true")
    options = parser.parse_args(arguments)

    path = options.file.resolve()
    uri = path.as_uri()
    with tempfile.TemporaryDirectory() as home:
        server = Server([options.server, *server_arguments], path.parent, home)
        server.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": path.parent.as_uri(),
                "capabilities": {
                    "textDocument": {
                        "publishDiagnostics": {
                            "relatedInformation": not options.plain,
                            "codeDescriptionSupport": True,
                            "versionSupport": True,
                        },
                        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}},
                    }
                },
            },
        )
        server.notify("initialized", {})
        document = {"uri": uri, "languageId": "cpp", "version": 1, "text": path.read_text(encoding="utf-8")}
        server.notify("textDocument/didOpen", {"textDocument": document})
        opened = server.diagnostics(uri, 1)
        show(f"opened {path.name}", opened)
        if options.fixes:
            show_fixes(server, uri, opened)
        for version, typed in enumerate(options.type, start=2):
            change = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": typed.read_text(encoding="utf-8")}]}
            server.notify("textDocument/didChange", change)
            show(f"typed {typed.name}", server.diagnostics(uri, version))
        server.request("shutdown", None)
        server.notify("exit", {})
        server.process.wait(timeout=TIMEOUT)
        if server.process.returncode != 0:
            fail(f"the server ended with exit code {server.process.returncode}")


if __name__ == "__main__":
    main()
