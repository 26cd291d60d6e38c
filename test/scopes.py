# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds which named functions and classes of a C++ file span which lines.

A brace scan, not a parser: enough for test files, which are written for it. It
knows functions, methods, lambdas with a name, classes and namespaces; what a
macro expands to it does not see.
"""
import dataclasses
import re

TOKEN = re.compile(
    r"""(?P<skip>\s+|//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)
      | (?P<raw>R"(?P<delim>[^(\s]*)\(.*?\)(?P=delim)")
      | (?P<str>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<num>\d[\w.']*)
      | (?P<id>[A-Za-z_]\w*)
      | (?P<op>::|->|.)""",
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
# A parenthesis after one of these does not open a parameter list.
NOT_A_NAME = set(
    "decltype noexcept requires alignas explicit if while for switch catch return sizeof typeid "
    "void bool char int long short unsigned signed float double auto const __attribute__ __declspec".split()
)


@dataclasses.dataclass
class Scope:
    name: str
    kind: str  # "function" or "class"
    first: tuple[int, int]  # line and column, from 1, of the declaration's first token
    last: tuple[int, int]


@dataclasses.dataclass
class Token:
    text: str
    kind: str
    at: tuple[int, int]


def tokens(text: str):
    line, start = 1, 0
    for match in TOKEN.finditer(text):
        if match.lastgroup != "skip" and not match["skip"]:
            yield Token(match[0], match.lastgroup, (line, match.start() - start + 1))
        newlines = match[0].count("\n")
        if newlines:
            line += newlines
            start = match.start() + match[0].rindex("\n") + 1


def brackets(decl: list[Token]):
    """Pairs each token with the depth of () [] and <> that it stands in."""
    depth = 0
    for i, token in enumerate(decl):
        if token.text in (")", "]", ">"):
            depth -= 1
        yield token, depth
        if token.text in ("(", "[") or (token.text == "<" and i and decl[i - 1].kind == "id" and decl[i - 1].text != "operator"):
            depth += 1
        depth = max(depth, 0)


def describe(decl: list[Token], inside_function: bool) -> tuple[str, str]:
    """What the brace after DECL opens: (kind, name), "block" if nothing named."""
    words = [(i, t.text) for i, (t, depth) in enumerate(brackets(decl)) if depth == 0]
    texts = [text for _, text in words]
    if "namespace" in texts or (texts[:1] == ["extern"] and len(texts) == 2):
        return "namespace", ""
    if "enum" in texts:
        return "block", ""
    for keyword in ("class", "struct", "union"):
        if keyword in texts and "(" not in texts[texts.index(keyword) :] and "=" not in texts:
            rest = texts[texts.index(keyword) + 1 :]
            rest = rest[: rest.index(":")] if ":" in rest else rest
            names = [t for t in rest if re.match(r"[A-Za-z_]\w*$", t) and t not in ("final", "alignas")]
            return "class", names[0] if names else ""
    if inside_function:
        return "block", ""
    if "=" in texts and "operator" not in texts:
        named = [t for t in texts[: texts.index("=")] if re.match(r"[A-Za-z_]\w*$", t)]
        return "function", named[-1] if named else ""
    for i, text in words:
        if text == "operator":
            return "function", "operator" + "".join(t.text for t in decl[i + 1 : i + 3] if t.kind == "op")
        if text == "(" and i and decl[i - 1].kind == "id" and decl[i - 1].text not in NOT_A_NAME:
            # `Type(int x) : member{x} {`: the first brace initialises a member.
            after = texts[texts.index("(") :]
            if ":" in after and (decl[-1].kind == "id" or decl[-1].text == ">"):
                return "initializer", ""
            return "function", decl[i - 1].text
    return "block", ""


def scan(text: str) -> list[Scope]:
    """All named functions and classes, outer ones first."""
    found: list[Scope] = []
    # kind, the scope if it has a name, the declaration to go on with afterwards
    stack: list[tuple[str, Scope | None, list[Token]]] = []
    decl: list[Token] = []
    parens = 0
    for token in tokens(text):
        if token.text in ("(", "["):
            parens += 1
        elif token.text in (")", "]"):
            parens = max(parens - 1, 0)
        inside = next((k == "function" for k, _, _ in reversed(stack) if k in ("function", "class", "namespace")), False)
        if token.text == "{":
            kind, name = describe(decl, inside) if parens == 0 else ("initializer", "")
            scope = None
            if name and kind in ("function", "class"):
                scope = Scope(name, kind, decl[0].at, token.at)
                found.append(scope)
            stack.append((kind, scope, decl if kind == "initializer" else []))
            decl = decl if kind == "initializer" else []
        elif token.text == "}" and stack:
            _, scope, decl = stack.pop()
            if scope:
                scope.last = token.at
        elif token.text == ";" and parens == 0:
            decl = []
        elif token.text == ":" and decl and decl[-1].text in ("public", "private", "protected"):
            decl = []
        elif not stack or stack[-1][0] != "initializer":
            decl = decl + [token]
    return found
