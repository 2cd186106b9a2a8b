import { Controller } from "@nestjs/common";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { NodeOperations } from "./node-operations.ts";
import { NodeViews } from "./node-views.ts";

const { list, get, cordon, uncordon, drain, place, remove } = endpoints.nodes;

/** What operators ask about nodes and do with them. */
@Controller()
export class NodeOperationsController {
  constructor(
    private readonly operations: NodeOperations,
    private readonly views: NodeViews,
  ) {}

  @Endpoint(list)
  list(@Call() _call: CallOf<typeof list>): AnswerOf<typeof list> {
    return { items: this.views.list() };
  }

  @Endpoint(get)
  get(@Call() { parameters }: CallOf<typeof get>): Promise<AnswerOf<typeof get>> {
    return this.operations.get(parameters.node);
  }

  @Endpoint(cordon)
  cordon(@Call() { parameters }: CallOf<typeof cordon>): Promise<AnswerOf<typeof cordon>> {
    return this.operations.cordon(parameters.node);
  }

  @Endpoint(uncordon)
  uncordon(@Call() { parameters }: CallOf<typeof uncordon>): Promise<AnswerOf<typeof uncordon>> {
    return this.operations.uncordon(parameters.node);
  }

  @Endpoint(drain)
  drain(@Call() { parameters }: CallOf<typeof drain>): Promise<AnswerOf<typeof drain>> {
    return this.operations.drain(parameters.node);
  }

  @Endpoint(place)
  place(@Call() { parameters, body }: CallOf<typeof place>): Promise<AnswerOf<typeof place>> {
    return this.operations.place(parameters.node, body);
  }

  @Endpoint(remove)
  async remove(@Call() { parameters, query, caller }: CallOf<typeof remove>): Promise<void> {
    await this.operations.remove(parameters.node, query.force, caller.subject);
  }
}
