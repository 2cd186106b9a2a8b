import { Controller } from "@nestjs/common";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { keyOf } from "../targets/target.ts";
import { TargetFinder } from "../targets/target-finder.ts";
import { RoutedRollouts } from "./routed-rollouts.ts";

const { list } = endpoints.routes;

@Controller()
export class RoutesController {
  constructor(
    private readonly targets: TargetFinder,
    private readonly routed: RoutedRollouts,
  ) {}

  @Endpoint(list)
  async list(@Call() { parameters }: CallOf<typeof list>): Promise<AnswerOf<typeof list>> {
    return { items: this.routed.of(keyOf(await this.targets.byNames(parameters))) };
  }
}
