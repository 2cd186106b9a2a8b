import { Controller } from "@nestjs/common";
import { ndjsonOf } from "@bastide/config-stream";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { sinceOf } from "../streams/since.ts";
import { GatewayTable } from "./gateway-table.ts";

const { table, acknowledge } = endpoints.gateways;

@Controller()
export class GatewaysController {
  constructor(private readonly gateways: GatewayTable) {}

  @Endpoint(table)
  table(@Call() call: CallOf<typeof table>): AnswerOf<typeof table> {
    const { gateway } = call.parameters;
    return ndjsonOf(this.gateways.source.subscribe(gateway, sinceOf(call.query), call.signal));
  }

  @Endpoint(acknowledge)
  acknowledge(@Call() call: CallOf<typeof acknowledge>): void {
    const { version, report, unmentioned } = call.body;
    this.gateways.source.acknowledge(call.parameters.gateway, version, report, unmentioned);
  }
}
