import { z } from "zod";
import type { Context } from "../command-line/context.ts";
import { byNode, ofNode } from "./by-node.ts";
import { askGateway, askGateways } from "./control-connection.ts";
import { localKey, localRoute } from "./local-route.ts";
import type { GatewayOptions } from "./locate-gateways.ts";

/** `bastide gateway add`. */
export async function addRoute(
  place: string,
  upstreams: readonly string[],
  options: GatewayOptions,
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
  options: GatewayOptions,
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
  options: GatewayOptions & { readonly undo: boolean; readonly wait: number | undefined },
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

/** `bastide gateway replace-workers`: one gateway after the other. */
export async function replaceWorkers(options: GatewayOptions, context: Context): Promise<number> {
  const answers = await askGateways({ command: "replace-workers" }, options, context);
  const all = answers.map(({ node, result }) =>
    ofNode(node, z.object({ replaced: z.number() }).parse(result)),
  );
  context.output.answer({ gateways: all }, () =>
    byNode(all.map(({ node, replaced }) => ({ node, text: `${replaced} workers were replaced` }))),
  );
  return 0;
}

/** `bastide gateway upgrade`: one gateway after the other. */
export async function upgrade(options: GatewayOptions, context: Context): Promise<number> {
  const answers = await askGateways({ command: "upgrade" }, options, context);
  const all = answers.map(({ node, result }) =>
    ofNode(node, z.object({ pid: z.number() }).parse(result)),
  );
  context.output.answer({ gateways: all }, () =>
    byNode(
      all.map(({ node, pid }) => ({
        node,
        text: `process ${pid} serves; the one before it finishes what it does`,
      })),
    ),
  );
  return 0;
}
