// SPDX-License-Identifier: AGPL-3.0-or-later
// Greets whoever asks, and says on /healthz that it is well.
import { createServer } from "node:http";

const port = Number(process.env.PORT ?? 3000);
const greeting = process.env.GREETING ?? "hello";

const server = createServer((request, response) => {
  const healthy = request.url === "/healthz";
  response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
  response.end(healthy ? "ok\n" : `${greeting} from node ${process.version}\n`);
});

server.listen(port, () => console.log(`listening on port ${port}`));

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => server.close(() => process.exit(0)));
}
