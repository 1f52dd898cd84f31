// Sends what a form says, with the session of this browser, and shows the answer beneath it.
"use strict";

function addressOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const input of form.querySelectorAll("input")) {
    if (input.dataset.in === "path") {
      path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    } else if (input.dataset.in === "query" && input.value !== "") {
      query.set(input.name, input.value);
    }
  }
  return query.size > 0 ? `${path}?${query}` : path;
}

function headersOf(form) {
  const headers = {};
  for (const input of form.querySelectorAll("input[data-in=header]")) {
    if (input.value !== "") {
      headers[input.name] = input.value;
    }
  }
  if (form.elements.body) {
    headers["Content-Type"] = "application/json";
  }
  return headers;
}

function readable(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

async function send(form) {
  const output = form.querySelector("pre");
  output.hidden = false;
  output.textContent = "...";
  try {
    const response = await fetch(addressOf(form), {
      method: form.dataset.method,
      headers: headersOf(form),
      body: form.elements.body ? form.elements.body.value : undefined,
    });
    output.textContent = `${response.status}\n${readable(await response.text())}`;
  } catch (error) {
    output.textContent = `No answer: ${error.message}`;
  }
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
}

if (location.hash) {
  document.querySelector(`details${location.hash}`)?.setAttribute("open", "");
}
