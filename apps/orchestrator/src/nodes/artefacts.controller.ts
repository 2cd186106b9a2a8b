import { Controller } from "@nestjs/common";
import { ARTEFACT_LIMITS, BlobStore, BuilderError } from "@bastide/builder";
import { endpoints, type ProblemCode } from "@bastide/contracts";
import { type AnswerOf, Call, type CallOf, Endpoint, ProblemError } from "@bastide/service-kit";

const { artefact, storeArtefact } = endpoints.nodes;

const PROBLEM_OF: Readonly<Record<string, ProblemCode>> = {
  "digest-mismatch": "invalid-request",
  "too-large": "too-large",
  "disk-full": "disk-full",
};

/** Sources and artefacts on their way to nodes, and what nodes built on its way back. */
@Controller()
export class ArtefactsController {
  constructor(private readonly blobs: BlobStore) {}

  @Endpoint(artefact)
  async read(@Call() { parameters }: CallOf<typeof artefact>): Promise<AnswerOf<typeof artefact>> {
    const { digest } = parameters;
    const sizeBytes = await this.blobs.sizeOf(digest);
    if (sizeBytes === undefined)
      throw new ProblemError("not-found", `there is no blob ${digest}; build or upload it again`);
    return { stream: await this.blobs.open(digest), sizeBytes };
  }

  @Endpoint(storeArtefact)
  async store(@Call() { parameters, body, signal }: CallOf<typeof storeArtefact>): Promise<void> {
    const { maxBytes } = ARTEFACT_LIMITS;
    try {
      await this.blobs.put(body, { expectedDigest: parameters.digest, maxBytes, signal });
    } catch (error) {
      const code = error instanceof BuilderError ? PROBLEM_OF[error.code] : undefined;
      if (code === undefined || !(error instanceof Error)) throw error;
      throw new ProblemError(code, error.message, { cause: error });
    }
  }
}
