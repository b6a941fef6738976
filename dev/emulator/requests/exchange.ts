import { envelope, jsonObject, malformedJson, notKnown, Refusal } from './answers';
import type { Operation } from './operations';

/** What an overload did to a request. */
export type Strain = 'throttled' | 'failedBefore' | 'failedAfter';

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

  /** Refuses a query that has more than these parameters. */
  allowQuery(names: readonly string[]): void {
    const known = ['api-version', ...names].map((name) => name.toLowerCase());
    const other = Object.keys(this.record.query).find((name) => !known.includes(name.toLowerCase()));
    if (other !== undefined) throw notKnown(`to the parameter ${other} here`);
  }

  /** A boolean query parameter; undefined where it is absent. */
  flag(name: string): boolean | undefined {
    const value = this.query(name)?.toLowerCase();
    if (value === undefined) return undefined;
    if (value !== 'true' && value !== 'false') throw notKnown(`where ${name} is ${value}`);
    return value === 'true';
  }

  /** The same; false where it is absent. */
  isSet(name: string): boolean {
    return this.flag(name) ?? false;
  }

  /** A query parameter that says how many are wanted at most; undefined where it is absent. */
  count(name: string): number | undefined {
    const value = this.query(name);
    if (value === undefined) return undefined;
    if (!/^[1-9]\d*$/.test(value)) throw notKnown(`where ${name} is ${value}`);
    return Number(value);
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

  /** The list of texts in the body, or the same refusal. */
  jsonTexts(): string[] {
    const value = this.#parsed();
    if (!Array.isArray(value) || !value.every((one) => typeof one === 'string')) throw malformedJson();
    return value;
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
