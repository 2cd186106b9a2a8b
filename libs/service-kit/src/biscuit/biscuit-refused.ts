import { problemOf, type Refusal } from "@bastide/biscuit/http";
import { HttpException } from "@nestjs/common";

/** A request that the guard turned away: Nest answers it with the refusal's status and its RFC 9457 body. */
export class BiscuitRefused extends HttpException {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super({ ...problemOf(refusal) }, refusal.status);
    this.refusal = refusal;
  }
}
