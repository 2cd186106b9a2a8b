// The smallest app there is: `bastide up` deploys it and fetches it through the gateway to see that the platform works.
import { createServer } from "node:http";

const server = createServer((_, response) => response.end("probe: well\n"));
server.listen(Number(process.env.PORT), process.env.HOST);
process.once("SIGTERM", () => server.close());
