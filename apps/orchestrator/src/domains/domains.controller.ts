import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { TargetFinder } from "../targets/target-finder.ts";
import { DomainsService } from "./domains.service.ts";

const { list, add, check, upload, withdraw, remove } = endpoints.domains;

@Controller()
export class DomainsController {
  constructor(
    private readonly targets: TargetFinder,
    private readonly domains: DomainsService,
  ) {}

  @Endpoint(list)
  async list(@Call() { parameters }: CallOf<typeof list>): Promise<AnswerOf<typeof list>> {
    return { items: await this.domains.list(await this.targets.byNames(parameters)) };
  }

  @Endpoint(add)
  async add(@Call() { parameters, body }: CallOf<typeof add>): Promise<AnswerOf<typeof add>> {
    return this.domains.add(await this.targets.byNames(parameters), body.domain);
  }

  @Endpoint(check)
  async check(@Call() { parameters }: CallOf<typeof check>): Promise<AnswerOf<typeof check>> {
    return this.domains.check(await this.targets.byNames(parameters), parameters.domain);
  }

  @Endpoint(upload)
  async upload(
    @Call() { parameters, body }: CallOf<typeof upload>,
  ): Promise<AnswerOf<typeof upload>> {
    const target = await this.targets.byNames(parameters);
    return this.domains.upload(target, parameters.domain, body);
  }

  @Endpoint(withdraw)
  async withdraw(
    @Call() { parameters }: CallOf<typeof withdraw>,
  ): Promise<AnswerOf<typeof withdraw>> {
    return this.domains.withdraw(await this.targets.byNames(parameters), parameters.domain);
  }

  @Endpoint(remove)
  async remove(@Call() { parameters }: CallOf<typeof remove>): Promise<void> {
    await this.domains.remove(await this.targets.byNames(parameters), parameters.domain);
  }
}
