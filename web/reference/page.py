"""The description as one readable page: what each operation takes and gives, and a form that sends it."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any

Json = dict[str, Any]


def render(description: Json) -> str:
    """HTML, with nothing from anywhere else."""
    groups: dict[str, list[str]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_operation(description, path, method, operation))
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in groups)
    sections = "".join(
        f'<section id="{escape(tag)}"><h2>{escape(tag)}</h2>{"".join(parts)}</section>' for tag, parts in groups.items()
    )
    info = description["info"]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(info['title'])} API</title>"
        '<link rel="stylesheet" href="/api/docs/reference.css">'
        '<script src="/api/docs/reference.js" defer></script></head><body>'
        f"<header><h1>{escape(info['title'])} API <small>{escape(info['version'])}</small></h1>"
        f'<p>{escape(info["description"])}</p><nav>{links}<a href="/api/openapi.json">openapi.json</a></nav></header>'
        f"<main>{sections}</main></body></html>"
    )


def _operation(description: Json, path: str, method: str, operation: Json) -> str:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    lock = "" if operation["security"] else " <em>open to everybody</em>"
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><b class="{method}">{method.upper()}</b>'
        f" <code>{escape(path)}</code> <span>{escape(operation['summary'])}</span>{lock}</summary>"
        f"{_form(description, path, method, operation, body)}"
        f"{_body(description, body)}{_answers(description, operation)}</details>"
    )


def _form(description: Json, path: str, method: str, operation: Json, body: Json | None) -> str:
    fields = "".join(
        f"<label>{escape(one['name'])} <small>{escape(one['in'])}{', required' if one['required'] else ''}</small>"
        f'<input name="{escape(one["name"])}" data-in="{escape(one["in"])}"></label>'
        for one in operation["parameters"]
    )
    if body is not None:
        example = json.dumps(_example(description, body), indent=2)
        fields += f'<label>body <textarea name="body" rows="8" spellcheck="false">{escape(example)}</textarea></label>'
    return (
        f'<form data-method="{method.upper()}" data-path="{escape(path)}">{fields}'
        '<button type="submit">Send</button><pre hidden aria-live="polite"></pre></form>'
    )


def _body(description: Json, schema: Json | None) -> str:
    if schema is None:
        return ""
    return f"<h3>Takes</h3>{_fields(description, schema)}"


def _answers(description: Json, operation: Json) -> str:
    rows = []
    for status, answer in operation["responses"].items():
        is_good = status.startswith("2")
        schema = answer.get("content", {}).get("application/json", {}).get("schema")
        shape = _fields(description, schema) if is_good and schema is not None else ""
        lines = "".join(f"<li>{_line(line)}</li>" for line in answer["description"].splitlines())
        rows.append(f"<tr><th>{escape(status)}</th><td><ul>{lines}</ul>{shape}</td></tr>")
    return f"<h3>Answers</h3><table>{''.join(rows)}</table>"


def _line(text: str) -> str:
    code, separator, sentence = text.removeprefix("- ").partition(": ")
    if separator and code.startswith("`"):
        return f"<code>{escape(code.strip('`'))}</code> {escape(sentence)}"
    return escape(text)


def _fields(description: Json, schema: Json) -> str:
    resolved = _resolved(description, schema)
    about = f"<p>{escape(resolved['description'])}</p>" if "description" in resolved else ""
    required = resolved.get("required", [])
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_type(description, one))}</td>"
        f"<td>{'required' if name in required else _default(one)}</td></tr>"
        for name, one in resolved.get("properties", {}).items()
    )
    return f'{about}<table class="fields">{rows}</table>'


def _default(schema: Json) -> str:
    return f"default <code>{escape(json.dumps(schema['default']))}</code>" if "default" in schema else ""


def _type(description: Json, schema: Json) -> str:
    """A type in a few words."""
    if "anyOf" in schema:
        return " or ".join(_type(description, one) for one in schema["anyOf"])
    if "$ref" in schema:
        resolved = _resolved(description, schema)
        if "enum" in resolved:
            return _type(description, resolved)
        inner = ", ".join(resolved.get("properties", {}))
        return f"{{{inner}}}"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(description, schema.get('items', {}))}"
    return " ".join([str(schema.get("type", "anything")), *_limits(schema)])


def _limits(schema: Json) -> Iterator[str]:
    words = {
        "minimum": ">=",
        "maximum": "<=",
        "exclusiveMinimum": ">",
        "exclusiveMaximum": "<",
        "minLength": "length >=",
        "maxLength": "length <=",
    }
    for key, word in words.items():
        if key in schema:
            yield f"{word} {schema[key]}"


def _example(description: Json, schema: Json) -> Any:
    """A value to begin with: defaults where there are some."""
    resolved = _resolved(description, schema)
    if "default" in resolved:
        return resolved["default"]
    if "anyOf" in resolved:
        return _example(description, resolved["anyOf"][0])
    if "enum" in resolved:
        return resolved["enum"][0]
    match resolved.get("type"):
        case "object":
            return {name: _example(description, one) for name, one in resolved.get("properties", {}).items()}
        case "array":
            return []
        case "integer" | "number":
            return resolved.get("minimum", 1)
        case "boolean":
            return False
        case _:
            return ""


def _resolved(description: Json, schema: Json) -> Json:
    if "$ref" not in schema:
        return schema
    found: Json = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return found
