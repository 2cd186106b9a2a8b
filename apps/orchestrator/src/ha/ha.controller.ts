import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { HaEvents } from "./ha-events.ts";
import { HaStoreHealth } from "./ha-store-health.ts";
import { HaVerbs } from "./ha-verbs.ts";

const { list, start, stop, purge, switch: switchTo, freeze, thaw, events } = endpoints.ha;

/** What operators see of services under high availability, and do with them. */
@Controller()
export class HaController {
  constructor(
    private readonly verbs: HaVerbs,
    private readonly followed: HaEvents,
    private readonly store: HaStoreHealth,
  ) {}

  @Endpoint(list)
  list(@Call() _call: CallOf<typeof list>): AnswerOf<typeof list> {
    return { items: this.verbs.list(), leaseStore: this.store.status };
  }

  @Endpoint(start)
  start(@Call() { parameters }: CallOf<typeof start>): Promise<AnswerOf<typeof start>> {
    return this.verbs.start(parameters.service);
  }

  @Endpoint(stop)
  stop(@Call() { parameters }: CallOf<typeof stop>): Promise<AnswerOf<typeof stop>> {
    return this.verbs.stop(parameters.service);
  }

  @Endpoint(purge)
  purge(@Call() { parameters }: CallOf<typeof purge>): Promise<AnswerOf<typeof purge>> {
    return this.verbs.purge(parameters.service);
  }

  @Endpoint(switchTo)
  async switch(
    @Call() { parameters, body }: CallOf<typeof switchTo>,
  ): Promise<AnswerOf<typeof switchTo>> {
    return this.verbs.switch(parameters.service, body.node);
  }

  @Endpoint(freeze)
  freeze(@Call() { parameters }: CallOf<typeof freeze>): Promise<AnswerOf<typeof freeze>> {
    return this.verbs.freeze(parameters.service);
  }

  @Endpoint(thaw)
  thaw(@Call() { parameters }: CallOf<typeof thaw>): Promise<AnswerOf<typeof thaw>> {
    return this.verbs.thaw(parameters.service);
  }

  @Endpoint(events)
  events(@Call() { signal }: CallOf<typeof events>): AnswerOf<typeof events> {
    return this.followed.follow(signal);
  }
}
