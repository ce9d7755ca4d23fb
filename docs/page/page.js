// Shows one document at a time: the one whose name is after the # of the address.
"use strict";

const documents = JSON.parse(document.getElementById("documents").textContent);
const server = document.querySelector('meta[name="latchkey-server"]').content;
const navigation = document.querySelector("nav");

for (const [name, content] of Object.entries(documents)) {
  if (server) {
    content.servers = [{ url: server, description: "The APIs that this page is for." }, ...content.servers];
  }
  const link = document.createElement("a");
  link.href = `#${name}`;
  link.textContent = content.info.title.replace("Latchkey: ", "");
  navigation.append(link);
}

// Shows requests as commands without the access key: others see the page, over a shoulder or in a shared screenshot.
const hidesKeys = () => ({
  wrapComponents: {
    curl: (Original, { React }) => ({ request, ...others }) =>
      React.createElement(Original, { request: request.update("headers", withoutKey), ...others }),
  },
});

const withoutKey = (headers) =>
  headers?.map((value, name) =>
    /^(authorization|x-tiledb-rest-api-key)$/i.test(name) ? value.replace(/^(Bearer |Basic )?.*$/s, "$1ACCESS_KEY") : value,
  );

function show() {
  const [first] = Object.keys(documents);
  const requested = decodeURIComponent(location.hash.slice(1));
  const name = Object.hasOwn(documents, requested) ? requested : first;
  for (const link of navigation.children) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = documents[name].info.title;
  SwaggerUIBundle({
    spec: documents[name],
    dom_id: "#api",
    docExpansion: "list",
    defaultModelsExpandDepth: 0,
    // Keeps access keys only in memory, until the page is closed.
    persistAuthorization: false,
    plugins: [hidesKeys],
    // The default sends the document to somebody else.
    validatorUrl: null,
  });
}

addEventListener("hashchange", show);
show();
