import { describe, expect, it } from "vitest";
import { problem } from "../problem.ts";
import { ApiError, ApiUnreachable } from "./api-error.ts";
import { ApiClient } from "./client.ts";
import * as endpoints from "../endpoints/table.ts";

const signal = AbortSignal.timeout(5_000);
const app = { organisation: "main", project: "main", app: "shop" };

function clientThat(answer: (request: Request) => Response | Promise<Response>): ApiClient {
  return new ApiClient({
    baseUrl: "http://bastide.localhost:8080",
    token: () => "token",
    fetch: async (input, init) => answer(new Request(input, init)),
  });
}

describe("ApiClient", () => {
  it("fills the path, carries the token and parses the answer", async () => {
    const client = clientThat((request) => {
      expect(request.url).toBe(
        "http://bastide.localhost:8080/v1/organisations/main/projects/main/apps?limit=2",
      );
      expect(request.headers.get("authorization")).toBe("Bearer token");
      return Response.json({ items: [] });
    });
    const page = await client.call(endpoints.apps.list, {
      parameters: { organisation: "main", project: "main" },
      query: { limit: 2 },
      signal,
    });
    expect(page).toEqual({ items: [] });
  });

  it("throws the problem that the API answered with", async () => {
    const client = clientThat(() =>
      Response.json(problem("name-taken", "the name shop is taken"), { status: 409 }),
    );
    const failure = client.call(endpoints.apps.put, { parameters: app, signal });
    await expect(failure).rejects.toThrow(ApiError);
    await expect(failure).rejects.toMatchObject({ code: "name-taken" });
  });

  it("makes a problem of an answer that is none", async () => {
    const client = clientThat(() => new Response("<h1>Bad gateway</h1>", { status: 502 }));
    await expect(client.call(endpoints.apps.get, { parameters: app, signal })).rejects.toThrow(
      "answered 502",
    );
  });

  it("says which server cannot be reached and why", async () => {
    const client = clientThat(() => {
      throw new TypeError("fetch failed", {
        cause: new Error("connect ECONNREFUSED 127.0.0.1:8080"),
      });
    });
    const failure = client.call(endpoints.platform.whoami, { signal });
    await expect(failure).rejects.toThrow(ApiUnreachable);
    await expect(failure).rejects.toThrow(
      "http://bastide.localhost:8080 cannot be reached: connect ECONNREFUSED",
    );
  });

  it("does not take an answer that breaks the contract", async () => {
    const client = clientThat(() => Response.json({ name: "shop" }));
    await expect(client.call(endpoints.apps.get, { parameters: app, signal })).rejects.toThrow(
      ApiUnreachable,
    );
  });
});
