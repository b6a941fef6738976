import { quoted, TaskError } from '../../src/errors';
import type { Answer } from '../../src/http/answer';
import { type Call, Conversation } from '../../src/http/conversation';
import type { Runtime } from '../../src/http/runtime';
import { Secret } from '../../src/secret';
import { Interrupted, type Mender, SetupError } from '../failure';

/** Milliseconds that one request may take, with all its tries. */
const budget = 120_000;

/** One request to one of the services. */
export interface Question {
  method?: Call['method'];
  /** Behind the base of the service, with the query. */
  path: string;
  body?: unknown;
  /** For messages: "Reading the project". */
  doing: string;
  /** What nothing depends on: it is asked for once, however that ends. */
  once?: boolean;
  /** A fault of the service is returned as its answer too, once it has outlasted its tries. */
  takesFaults?: boolean;
  /** Sent although the person has interrupted the command, because it takes away what the command made. */
  cleansUp?: boolean;
}

/** How a service is reached, and as whom. */
export interface Access {
  runtime: Runtime;
  interrupted: AbortSignal;
  /** Without a trailing slash. */
  base: string;
  /** An access token of the caller for this service; absent for a request that names no caller. */
  token?: () => Promise<Secret>;
  /** Who mends a lack of rights at this service. */
  who: Mender;
}

/** JSON requests to one service. A request that is under way is never given up, because it may take effect. */
export class Rest {
  readonly #access: Access;

  constructor(access: Access) {
    this.#access = access;
  }

  /**
   * Sends one request, and returns the answer, also a refusal.
   * @throws Interrupted before it is sent, TaskError those of Conversation.
   */
  async ask(question: Question): Promise<Answer> {
    const { method = 'GET', path, body, doing, once, takesFaults, cleansUp } = question;
    const { runtime, base, token, interrupted } = this.#access;
    if (interrupted.aborted && !cleansUp) throw new Interrupted();
    const caller = await token?.();
    if (interrupted.aborted && !cleansUp) throw new Interrupted();
    return new Conversation(runtime, budget).ask({
      method,
      url: `${base}${path}`,
      headers: {
        Accept: 'application/json',
        'X-TFS-FedAuthRedirect': 'Suppress',
        ...(caller && { Authorization: `Bearer ${caller.reveal()}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(revealed(body)) }),
      doing,
      secrets: [...(caller ? [caller] : []), ...secretsIn(body)],
      again: !once && (method === 'GET' || method === 'DELETE') ? 'any-fault' : 'throttling',
      ...(takesFaults && { isPassing: ({ status }) => status >= 500 }),
    });
  }

  /** The answer to a request that has to succeed. @throws SetupError where it does not. */
  async success(question: Question): Promise<Answer> {
    const answer = await this.ask(question);
    if (!succeeded(answer)) throw this.refusal(answer, question.doing);
    return answer;
  }

  /** The answer, or undefined where what was asked for does not exist. */
  async found(question: Question): Promise<Answer | undefined> {
    const answer = await this.ask(question);
    if (answer.status === 404) return undefined;
    if (!succeeded(answer)) throw this.refusal(answer, question.doing);
    return answer;
  }

  /** The answer, or undefined where it is no success, for any reason: for facts that nothing depends on. */
  async optional(question: Question): Promise<Answer | undefined> {
    try {
      const answer = await this.ask({ ...question, once: true });
      return succeeded(answer) ? answer : undefined;
    } catch (error) {
      if (error instanceof TaskError) return undefined;
      throw error;
    }
  }

  /** The objects of a list, over all its pages. */
  async list(question: Question): Promise<Record<string, unknown>[]> {
    const objects: Record<string, unknown>[] = [];
    for (let path: string | undefined = question.path; path !== undefined; ) {
      const answer: Answer = await this.success({ ...question, path });
      const value = answer.field('value');
      if (!Array.isArray(value)) throw malformed(answer, question.doing);
      objects.push(...value.filter(isObject));
      path = this.#nextPage(answer.field('@odata.nextLink'));
    }
    return objects;
  }

  /** A link to the next page counts only where it stays with this service. */
  #nextPage(link: unknown): string | undefined {
    const { base } = this.#access;
    return typeof link === 'string' && link.startsWith(`${base}/`) ? link.slice(base.length) : undefined;
  }

  /** What an answer means that is no success. */
  refusal(answer: Answer, doing: string): SetupError {
    const reason = reasonOf(answer);
    const what = `${doing} at ${answer.host} was refused: ${answer.status}${reason === '' ? '' : `, ${reason}`}.`;
    if (answer.asksToSignIn) {
      return new SetupError(
        what,
        'Sign in with an account that belongs to this organization and tenant, and run the command again.',
      );
    }
    if (answer.status === 403) {
      return new SetupError(what, `Ask ${this.#access.who} for the right, or to run this command.`, {
        who: this.#access.who,
      });
    }
    return new SetupError(what, 'Correct what is named there, and run the command again: it finds what it has made.');
  }
}

export function succeeded(answer: Answer): boolean {
  return answer.status >= 200 && answer.status < 300 && !answer.asksToSignIn;
}

/** What a service says about a refusal, in the forms of Graph and of Azure DevOps, as it may be printed. */
export function reasonOf(answer: Answer): string {
  const error = answer.field('error');
  if (isObject(error)) return answer.quote(`${String(error.code ?? '')}: ${String(error.message ?? '')}`);
  const message = answer.field('message');
  return answer.quote(typeof message === 'string' ? message : error);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function textOf(object: Record<string, unknown> | undefined, name: string): string {
  const value = object?.[name];
  return typeof value === 'string' ? value : '';
}

export function malformed(answer: Answer, doing: string): SetupError {
  return new SetupError(
    `${doing} at ${answer.host} was answered ${answer.status} with something else than was asked for.`,
    'Check that nothing between this machine and that host changes answers, then run the command again.',
  );
}

/** An OData text literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A SetupError for an object that an answer lacks a field of. */
export function lacking(what: string, field: string): SetupError {
  return new SetupError(
    `${what} came back without ${quoted(field)}.`,
    'Run the command again; if it repeats, report it.',
  );
}

/** A body with its secrets in the clear, as it is sent. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, revealed(member)]));
}

/** Every secret of a body, so that an answer that repeats one is never quoted with it. */
function secretsIn(value: unknown): Secret[] {
  if (value instanceof Secret) return [value];
  if (Array.isArray(value)) return value.flatMap(secretsIn);
  return isObject(value) ? Object.values(value).flatMap(secretsIn) : [];
}
