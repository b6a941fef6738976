import type { Connection } from '../../agent/pipeline';
import { fieldsOf, textIn } from '../../json';
import type { Secret } from '../../secret';
import { urlOf } from '../../url';

type Fields = Record<string, unknown>;

/** A service connection as Azure DevOps shows it: everything but the values of its confidential parameters. */
export class StoredConnection {
  readonly #json: Fields;
  readonly #data: Fields;
  readonly #authorization: Fields;
  readonly #parameters: Fields;

  /** @param json of an answer; nothing in it has been checked. */
  constructor(json: Fields) {
    this.#json = json;
    this.#data = fieldsOf(json.data);
    this.#authorization = fieldsOf(json.authorization);
    this.#parameters = fieldsOf(this.#authorization.parameters);
  }

  get type(): string {
    return textIn(this.#json, 'type');
  }

  get scheme(): string {
    return textIn(this.#authorization, 'scheme');
  }

  /** Whether jobs can be given it: it is neither disabled nor unfinished. */
  get isUsable(): boolean {
    return this.#json.isReady !== false && this.#json.isDisabled !== true;
  }

  /** Whether more than its id and name is shown: that is all that an identity without a role may see. */
  get isWhole(): boolean {
    return this.type !== '' && this.scheme !== '' && textIn(this.#json, 'url') !== '';
  }

  /** A plain field, in any capitals: a data parameter, or an authorization parameter. */
  plain(name: string): string {
    return textIn(this.#data, name) || textIn(this.#parameters, name);
  }

  /** Whether an authorization parameter of this name is there, in any capitals and with any value. */
  has(name: string): boolean {
    return keysOf(this.#parameters, name).length > 0;
  }

  /** The names of the authorization parameters that this connection had then and has no longer. */
  lostSince(before: StoredConnection): string[] {
    return Object.keys(before.#parameters).filter((name) => !this.has(name));
  }

  /** The confidential parameters that a job was given, under the names that they have here. */
  secretsOf(given: Connection): Record<string, Secret> {
    const confidential = Object.keys(this.#parameters).filter((name) => this.#hides(name));
    const entries = confidential.map((name): [string, Secret | undefined] => [name, given.secret(name)]);
    return Object.fromEntries(entries.filter((entry): entry is [string, Secret] => entry[1] !== undefined));
  }

  /** Whether a connection that a job was given has this one's address and scheme. */
  isOf(given: Connection): boolean {
    // The same but for what the agent's reading of an address changes.
    const written = (text: string) => (urlOf(text)?.href ?? text).toLowerCase().replace(/\/+$/, '');
    if (written(textIn(this.#json, 'url')) !== written(given.url)) return false;
    // The agent says nothing of a scheme that stands for none.
    return (given.scheme || 'none').toLowerCase() === this.scheme.toLowerCase();
  }

  /**
   * The body of a write: everything as it was read, but for these. A name keeps the case in which it is stored.
   * @param secrets parameters that get these values; of the others the confidential ones are sent as they were shown.
   * @param plain a field, which is stored where it stands already, else as a data parameter.
   */
  withChanges(secrets: Record<string, Secret>, plain: { name: string; value: string }): string {
    const revealed = Object.entries(secrets).map(([name, secret]): [string, string] => [name, secret.reveal()]);
    const isParameter = keysOf(this.#data, plain.name).length === 0 && keysOf(this.#parameters, plain.name).length > 0;
    const own: [string, string] = [plain.name, plain.value];
    return JSON.stringify({
      ...this.#json,
      data: replaced(this.#data, isParameter ? [] : [own]),
      authorization: {
        ...this.#authorization,
        parameters: replaced(this.#parameters, isParameter ? [...revealed, own] : revealed),
      },
    });
  }

  /** What is shown of a secret is nothing; these two are secrets however they are shown. */
  #hides(name: string): boolean {
    return this.#parameters[name] === null || /^(refreshToken|clientSecret)$/i.test(name);
  }
}

/** The fields with these values, each under every name that it has in any case, or else under its own. */
function replaced(fields: Fields, values: [string, string][]): Fields {
  const changes = values.flatMap(([name, value]) => {
    const known = keysOf(fields, name);
    return (known.length === 0 ? [name] : known).map((key): [string, string] => [key, value]);
  });
  return { ...fields, ...Object.fromEntries(changes) };
}

function keysOf(fields: Fields, name: string): string[] {
  return Object.keys(fields).filter((key) => key.toLowerCase() === name.toLowerCase());
}
