import { Controller } from "@nestjs/common";
import { endpoints } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { RevocationsService } from "./revocations.service.ts";

const { create, list } = endpoints.revocations;

@Controller()
export class RevocationsController {
  constructor(private readonly revocations: RevocationsService) {}

  @Endpoint(create)
  create(@Call() call: CallOf<typeof create>): Promise<AnswerOf<typeof create>> {
    return this.revocations.revoke(call.body, call.caller.subject, call.signal);
  }

  @Endpoint(list)
  list(@Call() { query }: CallOf<typeof list>): Promise<AnswerOf<typeof list>> {
    return this.revocations.list(query);
  }
}
