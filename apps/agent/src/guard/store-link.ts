import {
  type ApiClient,
  ApiError,
  endpoints,
  type HaAnswer,
  type HaAsk,
  type HaReport,
} from "@bastide/contracts";
import type { LeaseRecord, StoreAnswer, StoreAsk } from "@bastide/ha";
import type { Journal } from "../journal/journal.ts";
import { reasonOf } from "../journal/reason.ts";

/** An answer that takes longer helps nobody: the lease is asked for anew by then. */
const ANSWER_MS = 1_500;

/** The lease store, which guards reach through the control plane's door and by their node's own token. */
export class StoreLink {
  readonly #client: ApiClient;
  readonly #node: string;
  readonly #journal: Journal;
  /** What is not answered at present, and as what. */
  readonly #unanswered = new Map<string, string>();

  constructor(client: ApiClient, node: string, journal: Journal) {
    this.#client = client;
    this.#node = node;
    this.#journal = journal;
  }

  /** Undefined when there was no answer, or a refusal: whether the step was taken is then unknown. */
  async ask(ask: StoreAsk): Promise<StoreAnswer> {
    const body = askOf(ask);
    try {
      const answer = await this.#client.call(endpoints.nodes.haAsk, {
        parameters: { node: this.#node },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      this.#answered(body.kind);
      return answerOf(answer);
    } catch (error) {
      this.#failed(body.kind, error);
      return undefined;
    }
  }

  async report(body: HaReport): Promise<void> {
    try {
      await this.#client.call(endpoints.nodes.haReport, {
        parameters: { node: this.#node },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      this.#answered("report");
    } catch (error) {
      this.#failed("report", error);
      throw error;
    }
  }

  #answered(asked: string): void {
    if (this.#unanswered.delete(asked))
      this.#journal.info("the control plane answers this guard again", { asked });
  }

  /** Each kind of failure is said once, however often it is asked again. */
  #failed(asked: string, error: unknown): void {
    const kind = error instanceof ApiError ? error.code : "unreachable";
    if (this.#unanswered.get(asked) === kind) return;
    this.#unanswered.set(asked, kind);
    this.#journal.warn("the control plane does not answer this guard, or refuses it", {
      asked,
      reason: reasonOf(error),
    });
  }
}

function askOf(ask: StoreAsk): HaAsk {
  if (ask.kind === "poll-seed") return { kind: "read-seed" };
  const { command } = ask;
  switch (command.kind) {
    case "acquire":
    case "seed-acquire":
      return { kind: command.kind, request: command.request };
    case "renew":
    case "release":
      return { kind: command.kind, grant: command.grant };
    case "seed-record":
      return { kind: "seed-record", knownEpochs: [...command.knownEpochs] };
    case "seed-write":
      return { kind: "seed-write", grant: command.grant, floor: command.floor };
    case "read-seed":
    default:
      return { kind: "read-seed" };
  }
}

function answerOf(answer: HaAnswer): StoreAnswer {
  switch (answer.kind) {
    case "granted":
      return { kind: "acquisition", answer };
    case "held":
      return { kind: "acquisition", answer: { kind: "held", record: recordOf(answer.record) } };
    case "renewed":
    case "lost":
      return { kind: "renewal", answer: { kind: answer.kind } };
    case "seed":
      return { kind: "seed", floor: answer.floor };
    case "recorded":
      return answer;
    case "written":
      return { kind: "written", answer: { kind: "written" } };
    case "fenced":
      return { kind: "written", answer: { kind: "fenced", record: recordOf(answer.record) } };
    case "released":
    default:
      return { kind: "released" };
  }
}

type SentRecord = Extract<HaAnswer, { readonly kind: "held" }>["record"];

const recordOf = ({ name, epoch, holder }: SentRecord): LeaseRecord =>
  holder === undefined ? { name, epoch } : { name, epoch, holder };
