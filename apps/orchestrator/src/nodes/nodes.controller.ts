import { Controller } from "@nestjs/common";
import { ndjsonOf } from "@bastide/config-stream";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { sinceOf } from "../streams/since.ts";
import { NodeStreams } from "./node-streams.ts";
import { NodesService } from "./nodes.service.ts";

const { list, desired, acknowledge, report } = endpoints.nodes;

@Controller()
export class NodesController {
  constructor(
    private readonly nodes: NodesService,
    private readonly streams: NodeStreams,
  ) {}

  @Endpoint(list)
  list(@Call() _call: CallOf<typeof list>): AnswerOf<typeof list> {
    return { items: this.nodes.list() };
  }

  @Endpoint(desired)
  desired(@Call() call: CallOf<typeof desired>): AnswerOf<typeof desired> {
    const { node } = call.parameters;
    return ndjsonOf(this.streams.source(node).subscribe(node, sinceOf(call.query), call.signal));
  }

  @Endpoint(acknowledge)
  async acknowledge(@Call() call: CallOf<typeof acknowledge>): Promise<void> {
    const { version, unmentioned } = call.body;
    await this.nodes.acknowledge(call.parameters.node, version, unmentioned);
  }

  @Endpoint(report)
  async report(@Call() call: CallOf<typeof report>): Promise<void> {
    await this.nodes.report(call.parameters.node, call.body);
  }
}
