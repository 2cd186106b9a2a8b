import { endpoints } from "@bastide/contracts";
import { Endpoint } from "@bastide/service-kit";
import { Controller } from "@nestjs/common";
import { openApiDocument } from "./openapi-document.ts";

@Controller()
export class OpenApiController {
  /** Made when it is first asked for: most instances never are. */
  #document: ReturnType<typeof openApiDocument> | undefined;

  @Endpoint(endpoints.platform.openapi)
  read(): ReturnType<typeof openApiDocument> {
    return (this.#document ??= openApiDocument(endpoints));
  }
}
