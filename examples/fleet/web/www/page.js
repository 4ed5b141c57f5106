// The API is published beside this page, on its own port of the same host.
const api = `${location.protocol}//${location.hostname}:8081`;
const get = async (path) => (await fetch(api + path)).json();

async function showOrders() {
  const { waiting, done } = await get("/orders");
  document.getElementById("orders").textContent = `${waiting} orders wait, ${done} are done`;
}

const { currency, items } = await get("/catalogue");
for (const item of items) {
  const line = document.createElement("li");
  const name = document.createElement("span");
  const button = document.createElement("button");
  name.textContent = `${item.name}, ${item.price} ${currency}`;
  button.textContent = "Order";
  button.onclick = async () => {
    await fetch(`${api}/orders`, { method: "POST", body: item.id });
    await showOrders();
  };
  line.append(name, button);
  document.getElementById("catalogue").append(line);
}
await showOrders();
