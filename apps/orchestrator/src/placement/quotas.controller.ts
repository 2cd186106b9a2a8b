import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { OrganisationsService } from "../organisations/organisations.service.ts";
import { PlacementStore } from "./placement-store.ts";

const { quota, setQuota } = endpoints.placement;

@Controller()
export class QuotasController {
  constructor(
    private readonly organisations: OrganisationsService,
    private readonly store: PlacementStore,
  ) {}

  @Endpoint(quota)
  async quota(@Call() { parameters }: CallOf<typeof quota>): Promise<AnswerOf<typeof quota>> {
    const { name } = await this.organisations.find(parameters.organisation);
    await this.store.load();
    return this.store.quotas.get(name) ?? {};
  }

  @Endpoint(setQuota)
  async setQuota(
    @Call() { parameters, body }: CallOf<typeof setQuota>,
  ): Promise<AnswerOf<typeof setQuota>> {
    await this.store.setQuota(await this.organisations.find(parameters.organisation), body);
    return body;
  }
}
