/** What is sent back. At most one of `json`, `text` and `bytes` is set; with none the answer has no body. */
export interface Answer {
  status: number;
  headers?: Record<string, string | string[]>;
  json?: unknown;
  text?: string;
  bytes?: Buffer;
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

/** The answer where it is not known how the service answers. */
export function notKnown(what: string): Refusal {
  return new Refusal({ status: 501, json: { error: `The emulator does not know how the service answers ${what}` } });
}

/** The answer to a body that cannot be read. */
export function malformedJson(): Refusal {
  return new Refusal(
    wrapped(400, {
      typeKey: 'JsonReaderException',
      typeName: 'Newtonsoft.Json.JsonReaderException, Newtonsoft.Json',
      message: `TF400898: An Internal Error Occurred. Activity Id: ${crypto.randomUUID()}.`,
      eventId: 0,
    }),
  );
}

/** A part of a body that has to be an object. */
export function jsonObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformedJson();
  return value as Record<string, unknown>;
}

interface WrappedException {
  typeKey: string;
  message: string;
  typeName?: string;
  eventId?: number;
}

/** An exception in the form in which Azure DevOps wraps it. */
export function wrapped(status: number, { typeKey, message, typeName, eventId = 3000 }: WrappedException): Answer {
  const assembly = 'Microsoft.TeamFoundation.Framework.Server';
  return {
    status,
    headers: { 'X-TFS-ServiceError': encodeURIComponent(message) },
    json: {
      $id: '1',
      innerException: null,
      message,
      typeName: typeName ?? `${assembly}.${typeKey}, ${assembly}`,
      typeKey,
      errorCode: 0,
      eventId,
    },
  };
}

/** The same, for the exceptions of the framework that all services share. */
export function envelope(status: number, typeKey: string, message: string): Answer {
  return wrapped(status, { typeKey, message });
}
