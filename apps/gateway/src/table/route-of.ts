import type { AskedExchange } from "../exchange/exchange.ts";
import { otherReadings } from "../exchange/path-readings.ts";
import { AMBIGUOUS, type Refusal, refusal } from "../refusals/refusal.ts";
import type { CompiledRoute } from "./compiled-route.ts";
import type { Asked } from "./conditions.ts";
import type { RouteTable } from "./route-table.ts";

/** The request's route, or why it has none. */
export function routeOf(table: RouteTable, exchange: AskedExchange): CompiledRoute | Refusal {
  const { host, path, request } = exchange;
  const routes = table.routesOf(host);
  if (!routes)
    return refusal("unknown-host", `no app answers at ${host}; check the name, or deploy the app`);
  const asked: Asked = { method: request.method ?? "", headers: request.headers };
  const route = routes.find(path, asked);
  const isAmbiguous =
    routes.dependsOnPath &&
    otherReadings(path).some((reading) => routes.find(reading, asked) !== route);
  if (isAmbiguous) return AMBIGUOUS;
  return route ?? unknownPath(routes.methodsFor(path, asked), exchange);
}

function unknownPath(methods: readonly string[], { host, path, request }: AskedExchange): Refusal {
  const where = `${path.slice(0, 200)} at ${host}`;
  if (methods.length === 0) return refusal("unknown-path", `no app answers on ${where}`);
  const allow = methods.join(", ");
  return refusal("wrong-method", `${request.method} is not for ${where}; it takes ${allow}`, {
    headers: { allow },
  });
}
