// The proxy has the API below /api/.
const get = async (path) => (await fetch(`/api${path}`)).json();

// The server says how many orders there are whenever that changes. It also says goodbye before it is
// replaced; the next one is there already.
function showOrders() {
  const live = new WebSocket(`ws://${location.host}/api/live`);
  live.onmessage = ({ data }) => {
    const { waiting, done } = JSON.parse(data);
    document.getElementById("orders").textContent = `${waiting} orders wait, ${done} are done`;
  };
  live.onclose = ({ code }) => setTimeout(showOrders, code === 1001 ? 0 : 1000);
}

const { currency, items } = await get("/catalogue");
for (const item of items) {
  const line = document.createElement("li");
  const name = document.createElement("span");
  const button = document.createElement("button");
  name.textContent = `${item.name}, ${item.price} ${currency}`;
  button.textContent = "Order";
  button.onclick = () => fetch("/api/orders", { method: "POST", body: item.id });
  line.append(name, button);
  document.getElementById("catalogue").append(line);
}
showOrders();
