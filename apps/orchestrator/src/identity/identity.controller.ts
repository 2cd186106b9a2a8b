import { endpoints, type Identity } from "@bastide/contracts";
import { Call, type CallOf, Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";

const { whoami } = endpoints.platform;

@Controller()
export class IdentityController {
  @Endpoint(whoami)
  whoami(@Call() { caller }: CallOf<typeof whoami>): Identity {
    return {
      user: caller.name,
      platformAdmin: caller.isPlatformAdmin,
      roles: [...caller.roles],
      ...(caller.expiresAt && { expiresAt: caller.expiresAt.toISOString() }),
    };
  }
}
