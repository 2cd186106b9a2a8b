import { MemoryRevocationStore } from "@bastide/biscuit";
import { Injectable } from "@nestjs/common";

/** What was revoked, as this process's own guard asks it at every request. Filled before any request is taken. */
@Injectable()
export class RevokedTokens {
  readonly store: MemoryRevocationStore = new MemoryRevocationStore();
}
