// The API is published beside this page, on its own port.
const api = `${location.protocol}//${location.hostname}:8081`;

async function get(path) {
  const response = await fetch(api + path);
  return response.json();
}
