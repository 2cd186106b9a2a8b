import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { HaDesk } from "./ha-desk.ts";
import { HaGroups } from "./ha-groups.ts";
import { HaObserved } from "./ha-observed.ts";

const { haAsk, haReport } = endpoints.nodes;

/** What nodes' guards ask and say. */
@Controller()
export class HaGuardsController {
  constructor(
    private readonly desk: HaDesk,
    private readonly groups: HaGroups,
    private readonly observed: HaObserved,
  ) {}

  @Endpoint(haAsk)
  ask(@Call() { parameters, body, signal }: CallOf<typeof haAsk>): Promise<AnswerOf<typeof haAsk>> {
    return this.desk.ask(parameters.node, body, signal);
  }

  @Endpoint(haReport)
  report(@Call() { parameters, body }: CallOf<typeof haReport>): void {
    if (this.observed.report(parameters.node, body))
      this.groups.setAddress(parameters.node, body.address);
  }
}
