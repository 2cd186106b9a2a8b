import { Controller } from "@nestjs/common";
import { ndjsonOf } from "@bastide/config-stream";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { sinceOf } from "../streams/since.ts";
import { NodeStreams } from "./node-streams.ts";
import { NodesService } from "./nodes.service.ts";

const { desired, acknowledge, report, heartbeat } = endpoints.nodes;

/** What nodes ask and say. */
@Controller()
export class NodesController {
  constructor(
    private readonly nodes: NodesService,
    private readonly streams: NodeStreams,
  ) {}

  @Endpoint(desired)
  desired(@Call() call: CallOf<typeof desired>): AnswerOf<typeof desired> {
    const { node } = call.parameters;
    const signal = AbortSignal.any([call.signal, this.streams.goneSignal(node)]);
    return ndjsonOf(this.streams.source(node).subscribe(node, sinceOf(call.query), signal));
  }

  @Endpoint(acknowledge)
  async acknowledge(@Call() call: CallOf<typeof acknowledge>): Promise<void> {
    const { version, unmentioned } = call.body;
    await this.nodes.acknowledge(call.parameters.node, version, unmentioned);
  }

  @Endpoint(heartbeat)
  heartbeat(@Call() call: CallOf<typeof heartbeat>): void {
    this.nodes.heartbeat(call.parameters.node, call.body);
  }

  @Endpoint(report)
  async report(@Call() call: CallOf<typeof report>): Promise<void> {
    await this.nodes.report(call.parameters.node, call.body);
  }
}
