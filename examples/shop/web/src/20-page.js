// Shows the catalogue, and how many orders wait and are done.
async function showOrders() {
  const { waiting, done } = await get("/orders");
  document.getElementById("orders").textContent = `${waiting} orders wait, ${done} are done`;
}

async function order(id) {
  await fetch(`${api}/orders`, { method: "POST", body: id });
  await showOrders();
}

async function showCatalogue() {
  const { currency, items } = await get("/catalogue");
  for (const item of items) {
    const line = document.createElement("li");
    const name = document.createElement("span");
    const button = document.createElement("button");
    name.textContent = `${item.name}, ${item.price} ${currency}`;
    button.textContent = "Order";
    button.onclick = () => order(item.id);
    line.append(name, button);
    document.getElementById("catalogue").append(line);
  }
}

showCatalogue();
showOrders();
