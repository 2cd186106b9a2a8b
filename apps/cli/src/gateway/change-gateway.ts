import { z } from "zod";
import type { Context } from "../command-line/context.ts";
import { askGateway } from "./control-connection.ts";
import { localKey, localRoute } from "./local-route.ts";
import type { SocketOptions } from "./locate-socket.ts";

/** `bastide gateway add`. */
export async function addRoute(
  place: string,
  upstreams: readonly string[],
  options: SocketOptions,
  context: Context,
): Promise<number> {
  const route = localRoute(place, upstreams);
  await askGateway({ command: "add", route }, options, context);
  const key = localKey(place);
  context.output.answer({ key, route }, () => `${place} is served by this gateway`);
  return 0;
}

/** `bastide gateway remove`. */
export async function removeRoute(
  place: string,
  options: SocketOptions,
  context: Context,
): Promise<number> {
  const key = localKey(place);
  await askGateway({ command: "remove", key }, options, context);
  context.output.answer({ key }, () => `${place} is served by this gateway no more`);
  return 0;
}

/** `bastide gateway drain`. */
export async function drain(
  upstream: string | undefined,
  options: SocketOptions & { readonly undo: boolean; readonly wait: number | undefined },
  context: Context,
): Promise<number> {
  const request = {
    command: "drain",
    ...(upstream === undefined ? {} : { upstream }),
    undo: options.undo,
    waitSeconds: options.wait ?? 0,
  } as const;
  const result = z
    .object({ inFlight: z.number() })
    .parse(await askGateway(request, options, context));
  const who = upstream ?? "this gateway";
  context.output.answer(result, () =>
    options.undo
      ? `${who} gets requests again`
      : `${who} is drained; ${result.inFlight} requests are under way`,
  );
  return 0;
}

/** `bastide gateway replace-workers`. */
export async function replaceWorkers(options: SocketOptions, context: Context): Promise<number> {
  const answer = await askGateway({ command: "replace-workers" }, options, context);
  const result = z.object({ replaced: z.number() }).parse(answer);
  context.output.answer(result, () => `${result.replaced} workers were replaced`);
  return 0;
}

/** `bastide gateway upgrade`. */
export async function upgrade(options: SocketOptions, context: Context): Promise<number> {
  const answer = await askGateway({ command: "upgrade" }, options, context);
  const result = z.object({ pid: z.number() }).parse(answer);
  context.output.answer(
    result,
    () => `process ${result.pid} serves; the one before it finishes what it does`,
  );
  return 0;
}
