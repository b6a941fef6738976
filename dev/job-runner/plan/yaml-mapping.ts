import { isAlias, parseDocument, visit } from 'yaml';
import { JobRefused } from '../refusal';

/** Reads YAML as the service does: every scalar is text. */
export function readYaml(text: string): unknown {
  const document = parseDocument(text, { schema: 'failsafe', uniqueKeys: true });
  const problem = document.errors[0];
  if (problem !== undefined) {
    throw new JobRefused(`The pipeline is not valid YAML: ${problem.message}`);
  }
  visit(document, {
    Node(_key, node) {
      if (isAlias(node) || ('anchor' in node && node.anchor !== undefined)) {
        throw new JobRefused('Anchors are not currently supported. Remove the anchor and the alias.');
      }
    },
  });
  return document.toJS();
}

function textOf(value: unknown, path: string): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new JobRefused(`${path}: expected a single value.`);
  }
  const text = String(value);
  if (text.includes('${{')) {
    throw new JobRefused(`${path}: template expressions \${{ … }} are not supported by this runner.`);
  }
  return text;
}

/** One mapping of a pipeline. Each key must be taken, so that none is passed over unseen. */
export class Mapping {
  readonly #entries: Map<string, unknown>;
  readonly path: string;

  constructor(value: unknown, path: string) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new JobRefused(`${path || 'The pipeline'}: expected a mapping.`);
    }
    this.#entries = new Map(Object.entries(value));
    this.path = path;
  }

  pathOf(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  take(key: string): unknown {
    const value = this.#entries.get(key);
    this.#entries.delete(key);
    return value;
  }

  text(key: string): string | undefined {
    return this.has(key) ? textOf(this.take(key), this.pathOf(key)) : undefined;
  }

  flag(key: string, absent: boolean): boolean {
    const text = this.text(key);
    if (text === undefined) {
      return absent;
    }
    if (/^(true|y|yes|on)$/i.test(text)) {
      return true;
    }
    if (/^(false|n|no|off)$/i.test(text)) {
      return false;
    }
    throw new JobRefused(`${this.pathOf(key)}: '${text}' is not true or false.`);
  }

  number(key: string, absent: number): number {
    const text = this.text(key);
    if (text === undefined) {
      return absent;
    }
    if (!/^\d+(\.\d+)?$/.test(text)) {
      throw new JobRefused(`${this.pathOf(key)}: '${text}' is not a number.`);
    }
    return Number(text);
  }

  list(key: string): unknown[] | undefined {
    if (!this.has(key)) {
      return undefined;
    }
    const value = this.take(key);
    if (!Array.isArray(value)) {
      throw new JobRefused(`${this.pathOf(key)}: expected a list.`);
    }
    return value;
  }

  mapping(key: string): Mapping | undefined {
    return this.has(key) ? new Mapping(this.take(key), this.pathOf(key)) : undefined;
  }

  /** A mapping from names to single values. */
  texts(key: string): Record<string, string> {
    const mapping = this.mapping(key);
    return Object.fromEntries((mapping?.keys() ?? []).map((name) => [name, mapping?.text(name) ?? '']));
  }

  /** Accepts keys that have no meaning on this machine. */
  ignore(...keys: string[]): void {
    for (const key of keys) {
      this.#entries.delete(key);
    }
  }

  /** Refuses what was not taken. */
  done(): void {
    const [key] = this.keys();
    if (key !== undefined) {
      throw new JobRefused(`${this.pathOf(key)}: the key '${key}' is not supported by this runner.`);
    }
  }
}
