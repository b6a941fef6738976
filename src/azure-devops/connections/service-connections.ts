import { TaskError } from '../../errors';
import type { Answer } from '../../http/answer';
import type { Call, Conversation } from '../../http/conversation';
import { fieldsOf } from '../../json';
import type { Secret } from '../../secret';
import type { Organization } from '../organization';
import { bearer, notAnsweredWith, refusalText, requestHeaders } from '../request';
import { StoredConnection } from './stored-connection';

/** Where a connection is: in a project, by its id. */
export interface ConnectionAddress {
  project: string;
  id: string;
}

/** The security namespace of service connections, and its permission to administer one. */
export const connectionNamespace = '49b48001-ca20-4adc-8111-5b60c903a50c';
export const administer = 2;

/** The service connections of an organization, as one identity may read and write them. */
export class ServiceConnections {
  readonly #conversation: Conversation;
  readonly #organization: Organization;
  readonly #token: Secret;

  constructor(conversation: Conversation, organization: Organization, token: Secret) {
    this.#conversation = conversation;
    this.#organization = organization;
    this.#token = token;
  }

  /** The same, within a part of the conversation. */
  within(conversation: Conversation): ServiceConnections {
    return new ServiceConnections(conversation, this.#organization, this.#token);
  }

  /**
   * Reads a connection.
   * https://learn.microsoft.com/rest/api/azure/devops/serviceendpoint/endpoints/get
   * @returns undefined where this identity may not see it, or sees no more than its id and name.
   * @throws TaskError `renewal-refused`, `response-malformed`, or those of Conversation.
   */
  async read({ project, id }: ConnectionAddress): Promise<StoredConnection | undefined> {
    const doing = 'Reading the service connection';
    const answer = await this.#ask({ method: 'GET', path: `/${project}/_apis/serviceendpoint/endpoints/${id}`, doing });
    if (answer.status === 404) return undefined;
    refuse(answer, doing);
    if (answer.json === null) return undefined;
    const stored = storedIn(answer, id);
    if (answer.status !== 200 || !stored) throw notAnsweredWith('one', doing, answer);
    return stored.isWhole ? stored : undefined;
  }

  /**
   * Asks whether this identity may change a connection. The role in a project is not enough for that: it reads everything,
   * and is refused at the write.
   * https://learn.microsoft.com/rest/api/azure/devops/security/permissions/has-permissions
   * @throws TaskError those of read.
   */
  async mayAdminister({ id }: ConnectionAddress): Promise<boolean> {
    const doing = 'Asking who may change the service connection';
    const answer = await this.#ask({
      method: 'GET',
      path: `/_apis/permissions/${connectionNamespace}/${administer}`,
      query: { tokens: `endpoints/Collection/${id}` },
      doing,
    });
    refuse(answer, doing);
    // Of this API only the question is documented for certain: an answer may come with or without the usual wrapping.
    const value = answer.field('value') ?? answer.json;
    const may: unknown = Array.isArray(value) ? value[0] : value;
    if (answer.status === 200 && typeof may === 'boolean') return may;
    throw notAnsweredWith('yes or no', doing, answer);
  }

  /**
   * Writes a whole connection, once, even while the service asks everyone to wait.
   * https://learn.microsoft.com/rest/api/azure/devops/serviceendpoint/endpoints/update-service-endpoint
   * @returns the connection as the service says that it is now.
   * @throws TaskError `renewal-refused` where it was refused, and others where it is not known whether it was written.
   */
  async write({ id }: ConnectionAddress, body: string, secrets: Secret[]): Promise<StoredConnection> {
    const doing = 'Writing the service connection';
    const path = `/_apis/serviceendpoint/endpoints/${id}`;
    const answer = await this.#ask({ method: 'PUT', path, doing, body, secrets });
    refuse(answer, doing);
    const stored = storedIn(answer, id);
    if (answer.status === 200 && stored) return stored;
    throw notAnsweredWith('what was written', doing, answer);
  }

  #ask({ method, path, query = {}, doing, body, secrets = [] }: Question): Promise<Answer> {
    const parameters = new URLSearchParams({ ...query, 'api-version': '7.1' });
    return this.#conversation.ask({
      method,
      url: `${this.#organization.url}${path}?${parameters}`,
      headers: requestHeaders(bearer(this.#token), body),
      doing,
      secrets: [this.#token, ...secrets],
      ...(body === undefined ? { again: 'any-fault' } : { body, again: 'throttling', urgent: true }),
    });
  }
}

/** @throws TaskError `renewal-refused` for an answer that turns this identity away. */
function refuse(answer: Answer, doing: string): void {
  const { status } = answer;
  if (answer.asksToSignIn) {
    const what = `${doing} was refused: Azure DevOps answered ${status}, and does not know who asks.`;
    throw new TaskError('renewal-refused', what, {
      remedy: 'Add the writer to the users of the organization that runs this job, and run the step again.',
    });
  }
  if (status >= 400 && status < 500) throw new TaskError('renewal-refused', refusalText(doing, answer));
}

interface Question extends Pick<Call, 'method' | 'doing' | 'body'> {
  path: string;
  query?: Record<string, string>;
  secrets?: Secret[];
}

/** The connection in an answer, where it is that of the id. */
function storedIn({ json }: Answer, id: string): StoredConnection | undefined {
  const fields = fieldsOf(json);
  return String(fields.id).toLowerCase() === id.toLowerCase() ? new StoredConnection(fields) : undefined;
}
