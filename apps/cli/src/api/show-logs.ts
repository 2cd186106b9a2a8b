import { endpoints, LogLine } from "@bastide/contracts";
import type { Options } from "../command-line/command.ts";
import type { Context } from "../command-line/context.ts";
import { connect } from "./connection.ts";
import { targetOf } from "./target.ts";
import type { TARGET_OPTIONS } from "./target-options.ts";

type LogsOptions = Options<typeof TARGET_OPTIONS> & {
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly process: string | undefined;
  readonly instance: string | undefined;
};

/** `bastide logs`: one line each, with its process and the end of its instance's id. */
export async function showLogs(options: LogsOptions, context: Context): Promise<number> {
  const { output, signal } = context;
  const target = await targetOf(options, context);
  const { client } = await connect(context);
  const { follow, tail, process, instance } = options;
  const query = {
    follow: String(follow),
    ...(tail === undefined ? {} : { tail }),
    ...(process === undefined ? {} : { process }),
    ...(instance === undefined ? {} : { instance }),
  };
  try {
    for await (const line of client.events(endpoints.instances.logs, LogLine, {
      parameters: target,
      query,
      signal,
    }))
      output.answer(
        line,
        () => `${output.green(`${line.process}.${line.instance.slice(-4)}`)} ${line.line}`,
      );
  } catch (error) {
    // Ctrl-C is how one leaves `logs -f`.
    if (!signal.aborted) throw error;
  }
  return 0;
}
