import { Controller } from "@nestjs/common";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { keyOf } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { MergedLogs } from "./merged-logs.ts";

const { logs } = endpoints.instances;

@Controller()
export class LogsController {
  constructor(
    private readonly targets: TargetFinder,
    private readonly merged: MergedLogs,
  ) {}

  @Endpoint(logs)
  async logs(
    @Call() { parameters, query, signal }: CallOf<typeof logs>,
  ): Promise<AnswerOf<typeof logs>> {
    const key = keyOf(await this.targets.byNames(parameters));
    return this.merged.read(key, query, signal);
  }
}
