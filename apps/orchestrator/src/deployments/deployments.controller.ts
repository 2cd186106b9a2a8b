import { Controller } from "@nestjs/common";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { EnvironmentsService } from "../environments/environments.service.ts";
import type { Target } from "../targets/target.ts";
import { TargetFinder, type TargetNames } from "../targets/target-finder.ts";
import { DeploymentEvents } from "./deployment-events.ts";
import { DeploymentsService } from "./deployments.service.ts";

const { create, rollback, scale, list, get, cancel, events } = endpoints.deployments;

@Controller()
export class DeploymentsController {
  constructor(
    private readonly targets: TargetFinder,
    private readonly environments: EnvironmentsService,
    private readonly deployments: DeploymentsService,
    private readonly followed: DeploymentEvents,
  ) {}

  /** A missing environment is made: deploying to a new preview environment needs no other right. */
  @Endpoint(create)
  async create(
    @Call() { parameters, body, caller }: CallOf<typeof create>,
  ): Promise<AnswerOf<typeof create>> {
    const target = await this.targets.tryByNames(parameters);
    return this.deployments.create(
      target ?? (await this.#withEnvironment(parameters)),
      body,
      caller.subject,
    );
  }

  @Endpoint(rollback)
  async rollback(
    @Call() { parameters, body, caller }: CallOf<typeof rollback>,
  ): Promise<AnswerOf<typeof rollback>> {
    const target = await this.targets.byNames(parameters);
    return this.deployments.rollback(target, body.version, caller.subject);
  }

  @Endpoint(scale)
  async scale(
    @Call() { parameters, body, caller }: CallOf<typeof scale>,
  ): Promise<AnswerOf<typeof scale>> {
    const target = await this.targets.byNames(parameters);
    return this.deployments.scale(target, body, caller.subject);
  }

  @Endpoint(list)
  async list(@Call() { parameters, query }: CallOf<typeof list>): Promise<AnswerOf<typeof list>> {
    return this.deployments.list(await this.targets.byNames(parameters), query);
  }

  @Endpoint(get)
  async get(@Call() { parameters }: CallOf<typeof get>): Promise<AnswerOf<typeof get>> {
    const target = await this.targets.byNames(parameters);
    return this.deployments.get(target, parameters.deployment);
  }

  @Endpoint(cancel)
  async cancel(@Call() { parameters }: CallOf<typeof cancel>): Promise<AnswerOf<typeof cancel>> {
    const target = await this.targets.byNames(parameters);
    return this.deployments.cancel(target, parameters.deployment);
  }

  @Endpoint(events)
  async events(
    @Call() { parameters, signal }: CallOf<typeof events>,
  ): Promise<AnswerOf<typeof events>> {
    const target = await this.targets.byNames(parameters);
    // Found before the answer begins, so that what is missing is a problem and not an empty stream.
    await this.deployments.find(target, parameters.deployment);
    return this.followed.follow(target, parameters.deployment, signal);
  }

  async #withEnvironment(names: TargetNames): Promise<Target> {
    await this.environments.ensure(names);
    return this.targets.byNames(names);
  }
}
