import {
  App,
  CreateDeployment,
  Deployment,
  type Endpoint,
  type endpoints,
  Environment,
  Identity,
  Instance,
  Node,
  NodeReport,
  Organisation,
  PlatformStatus,
  Problem,
  Project,
  Release,
  Route,
  Source,
  Variable,
} from "@bastide/contracts";
import { z } from "zod";

type Json = z.infer<ReturnType<typeof z.json>>;
interface JsonObject {
  [key: string]: Json;
}

/** Schemas that get a name in the document; all others are written where they are used. */
const NAMED = {
  App,
  CreateDeployment,
  Deployment,
  Environment,
  Identity,
  Instance,
  Node,
  NodeReport,
  Organisation,
  PlatformStatus,
  Problem,
  Project,
  Release,
  Route,
  Source,
  Variable,
};

const names = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries(NAMED)) names.add(schema, { id });

const RAW_TYPES = {
  bytes: "application/octet-stream",
  events: "text/event-stream",
  ndjson: "application/x-ndjson",
} as const;

type Table = Readonly<Record<string, Readonly<Record<string, Endpoint>>>>;

/** The table of endpoints as an OpenAPI 3.1 document. Pure: the same table gives the same document. */
export function openApiDocument(table: typeof endpoints): JsonObject {
  const schemas: JsonObject = {};
  const paths: Record<string, JsonObject> = {};
  const resources: Table = table;
  for (const [resource, verbs] of Object.entries(resources))
    for (const [verb, endpoint] of Object.entries(verbs)) {
      const path = (paths[endpoint.path] ??= {});
      path[endpoint.method.toLowerCase()] = {
        operationId: `${resource}.${verb}`,
        tags: [resource],
        ...operationOf(endpoint, schemas),
      };
    }
  schemaOf(Problem, "output", schemas);
  return {
    openapi: "3.1.0",
    info: {
      title: "Bastide",
      version: "1",
      description:
        "Every call carries a Biscuit of the platform. What it must allow is each operation's `x-bastide-operation`.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    security: [{ biscuit: [] }],
    paths,
    components: {
      securitySchemes: { biscuit: { type: "http", scheme: "bearer", bearerFormat: "Biscuit" } },
      schemas,
      responses: {
        Problem: {
          description: "A problem (RFC 9457)",
          content: { "application/problem+json": { schema: reference("Problem") } },
        },
      },
    },
  };
}

function operationOf(endpoint: Endpoint, schemas: JsonObject): JsonObject {
  const { body, status } = endpoint;
  return {
    summary: endpoint.summary,
    "x-bastide-operation": endpoint.operation,
    parameters: [
      ...pathParameters(endpoint.path),
      ...queryParameters(endpoint.query, schemas),
      ...idempotencyKey(endpoint),
    ],
    ...(body !== undefined && {
      requestBody: { required: true, content: bodyContent(body, schemas) },
    }),
    responses: {
      [status]: successOf(endpoint, schemas),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

const bodyContent = (body: z.ZodType | "bytes", schemas: JsonObject): JsonObject =>
  body === "bytes"
    ? { "application/octet-stream": {} }
    : { "application/json": { schema: schemaOf(body, "input", schemas) } };

function successOf({ summary, response }: Endpoint, schemas: JsonObject): JsonObject {
  if (response === "empty") return { description: summary };
  const content =
    typeof response === "string"
      ? { [RAW_TYPES[response]]: {} }
      : { "application/json": { schema: schemaOf(response, "output", schemas) } };
  return { description: summary, content };
}

const pathParameters = (path: string): JsonObject[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));

function queryParameters(query: z.ZodType | undefined, schemas: JsonObject): JsonObject[] {
  if (!(query instanceof z.ZodObject)) return [];
  return Object.entries(query.shape).map(([name, schema]) => ({
    name,
    in: "query",
    required: false,
    schema: schemaOf(z.clone(schema), "input", schemas),
  }));
}

const idempotencyKey = ({ method, body }: Endpoint): JsonObject[] =>
  (method === "POST" || method === "PATCH") && body !== "bytes"
    ? [{ name: "Idempotency-Key", in: "header", required: false, schema: { type: "string" } }]
    : [];

const reference = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` });

const JsonObjects: z.ZodType<JsonObject> = z.record(z.string(), z.json());

/** A schema as JSON Schema 2020-12, which is OpenAPI 3.1's; named ones go to `schemas` and are referred to. */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: JsonObject): JsonObject {
  const converted = z.toJSONSchema(schema, { io, metadata: names, unrepresentable: "any" });
  const text = JSON.stringify(converted).replaceAll("#/$defs/", "#/components/schemas/");
  const { $defs, $schema: _, id, ...own } = JsonObjects.parse(JSON.parse(text));
  if ($defs !== undefined) Object.assign(schemas, withoutIds(JsonObjects.parse($defs)));
  if (typeof id !== "string") return own;
  schemas[id] = own;
  return reference(id);
}

const withoutIds = (definitions: JsonObject): JsonObject =>
  Object.fromEntries(
    Object.entries(definitions).map(([name, definition]) => {
      const { id: _, ...own } = JsonObjects.parse(definition);
      return [name, own];
    }),
  );
