import type { Strain } from './overload';

/** Everything the emulator knows how to answer; a request to anything else is recorded as `unknown`. */
export const operations = [
  'oidc.token',
  'entra.token',
  'pats.create',
  'pats.list',
  'pats.get',
  'pats.update',
  'pats.revoke',
  'pools.list',
  'pools.get',
  'agents.list',
  'agents.get',
  'agents.add',
  'agents.replace',
  'agents.delete',
  'agents.token',
  'deploymentGroups.list',
  'targets.list',
  'targets.add',
  'targets.replace',
  'targets.update',
  'targets.delete',
  'environments.list',
  'virtualMachines.list',
  'virtualMachines.add',
  'virtualMachines.replace',
  'virtualMachines.delete',
  'environmentPool.get',
  'packages.list',
  'timelines.get',
  'connectionData',
  'locations',
  'resourceAreas',
  'unknown',
] as const;

export type Operation = (typeof operations)[number];

/** One request as it arrived, and what became of it. */
export interface RequestRecord {
  method: string;
  /** Without the query. */
  path: string;
  query: Record<string, string>;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: string;
  /** Absent as long as nothing was answered: for ever, if the request was left hanging or its socket destroyed. */
  status?: number;
  operation: Operation;
  /** How much of an enormous answer could be sent. */
  sentBytes?: number;
  /** What an overload did to it, if anything. */
  strain?: Strain;
  /** By the emulator's clock. */
  at: number;
}

/** What is sent back. At most one of `json` and `text` is set; with neither the answer has no body. */
export interface Answer {
  status: number;
  headers?: Record<string, string | string[]>;
  json?: unknown;
  text?: string;
  contentType?: string;
  /** Begin the body with a UTF-8 byte order mark, as the service has been seen to do on errors. */
  bom?: boolean;
}

/** Thrown by a handler to end a request with this answer. */
export class Refusal extends Error {
  constructor(readonly answer: Answer) {
    super(`refused with status ${answer.status}`);
  }
}

/** A request on its way through a handler. */
export class Exchange {
  constructor(
    readonly record: RequestRecord,
    /** The variable parts of the path, in order. */
    readonly route: readonly string[],
  ) {}

  /** A query parameter; as on the service, the case of its name does not matter. */
  query(name: string): string | undefined {
    const wanted = name.toLowerCase();
    return Object.entries(this.record.query).find(([key]) => key.toLowerCase() === wanted)?.[1];
  }

  header(name: string): string | undefined {
    return this.record.headers[name.toLowerCase()];
  }

  /** The form-encoded body. */
  form(): URLSearchParams {
    return new URLSearchParams(this.record.body);
  }

  /** The JSON object in the body, or a refusal in the service's own words. */
  json(): Record<string, unknown> {
    return jsonObject(this.#parsed());
  }

  /** The list of JSON objects in the body, or the same refusal. */
  jsonList(): Record<string, unknown>[] {
    const value = this.#parsed();
    if (!Array.isArray(value)) throw malformedJson();
    return value.map(jsonObject);
  }

  #parsed(): unknown {
    try {
      return JSON.parse(this.record.body);
    } catch {
      throw malformedJson();
    }
  }

  /** The API version, which a client may put into the query or into its Accept header. */
  apiVersion(): string | undefined {
    return this.query('api-version') ?? /api-version=([^;,\s]+)/i.exec(this.header('accept') ?? '')?.[1];
  }
}

/** A part of a body that has to be an object. */
export function jsonObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformedJson();
  return value as Record<string, unknown>;
}

/** The answer where it is not known how the service answers. */
export function notKnown(what: string): Refusal {
  return new Refusal({ status: 501, json: { error: `The emulator does not know how the service answers ${what}` } });
}

/** The answer to a body that cannot be read. */
export function malformedJson(): Refusal {
  const activityId = crypto.randomUUID();
  return new Refusal(
    envelope(400, 'JsonReaderException', `TF400898: An Internal Error Occurred. Activity Id: ${activityId}.`, {
      typeName: 'Newtonsoft.Json.JsonReaderException, Newtonsoft.Json',
      eventId: 0,
    }),
  );
}

/** An error in the form in which Azure DevOps wraps its exceptions. */
export function envelope(
  status: number,
  typeKey: string,
  message: string,
  details: { typeName?: string; eventId?: number; headers?: Record<string, string | string[]> } = {},
): Answer {
  const assembly = 'Microsoft.TeamFoundation.Framework.Server';
  return {
    status,
    headers: { 'X-TFS-ServiceError': encodeURIComponent(message), ...details.headers },
    json: {
      $id: '1',
      innerException: null,
      message,
      typeName: details.typeName ?? `${assembly}.${typeKey}, ${assembly}`,
      typeKey,
      errorCode: 0,
      eventId: details.eventId ?? 3000,
    },
  };
}

/** Refuses a request whose API version is missing or outside what a resource offers. */
export function requireApiVersion(exchange: Exchange, accepts: (version: string) => boolean, newest: string): void {
  const version = exchange.apiVersion();
  const { method } = exchange.record;
  if (version === undefined) {
    const text = `No api-version was supplied for the "${method}" request. The version must be supplied either as part of the Accept header (e.g. "application/json; api-version=1.0") or as a query parameter (e.g. "?api-version=1.0").`;
    throw new Refusal(envelope(400, 'VssVersionNotSpecifiedException', text));
  }
  if (accepts(version)) return;
  if (accepts(`${version}-preview.1`)) {
    const text = `The requested version "${version}" of the resource is under preview. The -preview flag must be supplied in the api-version for such requests. For example: "${version}-preview"`;
    throw new Refusal(envelope(400, 'VssInvalidPreviewVersionException', text));
  }
  const text = `The requested REST API version of ${version} is out of range for this server. The latest REST API version this server supports is ${newest}.`;
  throw new Refusal(envelope(400, 'VssVersionOutOfRangeException', text));
}
