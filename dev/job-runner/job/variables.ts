import type { SecretMasker } from './masking';

export interface Variable {
  name: string;
  value: string;
  secret: boolean;
  readOnly: boolean;
  preserveCase: boolean;
}

export type VariableSettings = Partial<Pick<Variable, 'secret' | 'readOnly' | 'preserveCase'>>;

const maxDepth = 50;

/** A variable is known by its name in any case. */
function keyOf(name: string): string {
  return name.toLowerCase();
}

/** The variables of a job, or the task variables of one step. */
export class Variables {
  readonly #asWritten = new Map<string, Variable>();
  #expanded = new Map<string, Variable>();
  readonly #masker: SecretMasker;

  constructor(masker: SecretMasker) {
    this.#masker = masker;
  }

  /** Registers every form of a secret that is sent with the job. */
  maskJobSecret(value: string): void {
    this.#masker.addJobSecret(value);
  }

  /** Adds or replaces. What was once secret or read-only stays so; secret values are registered here. */
  set(name: string, value: string, settings: VariableSettings = {}): void {
    const before = this.#expanded.get(keyOf(name));
    const secret = settings.secret === true || before?.secret === true;
    if (secret && value !== '') {
      this.#masker.add(value);
    }
    const variable: Variable = {
      name,
      value,
      secret,
      readOnly: settings.readOnly === true || before?.readOnly === true,
      preserveCase: settings.preserveCase === true,
    };
    this.#asWritten.set(keyOf(name), variable);
    this.#expanded.set(keyOf(name), variable);
  }

  unset(name: string): void {
    this.#asWritten.delete(keyOf(name));
    this.#expanded.delete(keyOf(name));
  }

  get(name: string): string | undefined {
    return this.#expanded.get(keyOf(name))?.value;
  }

  isReadOnly(name: string): boolean {
    return this.#expanded.get(keyOf(name))?.readOnly === true;
  }

  all(): Variable[] {
    return [...this.#expanded.values()];
  }

  public(): Variable[] {
    return this.all().filter((variable) => !variable.secret);
  }

  secret(): Variable[] {
    return this.all().filter((variable) => variable.secret);
  }

  /** Expands macros inside values, in depth; a variable that takes in a secret becomes one. Returns warnings. */
  expand(): string[] {
    const warnings: string[] = [];
    const expanded = new Map<string, Variable>();
    for (const [key, variable] of this.#asWritten) {
      const expansion = new Expansion(variable, this.#asWritten);
      if (expansion.problem !== undefined) {
        warnings.push(expansion.problem);
        expanded.set(key, variable);
      } else if (expansion.value === variable.value) {
        expanded.set(key, variable);
      } else {
        if (expansion.secret && expansion.value !== '') {
          this.#masker.add(expansion.value);
        }
        expanded.set(key, { ...variable, value: expansion.value, secret: expansion.secret });
      }
    }
    this.#expanded = expanded;
    return warnings;
  }
}

/** One variable's value with every macro in it replaced, or the reason why that cannot be done. */
class Expansion {
  readonly value: string;
  secret: boolean;
  problem: string | undefined;
  readonly #variables: ReadonlyMap<string, Variable>;

  constructor(variable: Variable, variables: ReadonlyMap<string, Variable>) {
    this.#variables = variables;
    this.secret = variable.secret;
    this.value = this.#expand(variable, variable.name, []);
  }

  #expand(variable: Variable, root: string, parents: string[]): string {
    const path = [...parents, keyOf(variable.name)];
    let value = variable.value;
    let start = 0;
    while (this.problem === undefined) {
      const prefix = value.indexOf('$(', start);
      const suffix = prefix < 0 ? -1 : value.indexOf(')', prefix + 2);
      if (suffix < 0) {
        break;
      }
      const nested = this.#variables.get(keyOf(value.slice(prefix + 2, suffix)));
      if (nested === undefined) {
        start = prefix + 1;
      } else if (path.length === maxDepth) {
        this.problem = `Unable to expand variable '${root}'. The max expansion depth (${maxDepth}) exceeded.`;
      } else if (path.includes(keyOf(nested.name))) {
        this.problem = `Unable to expand variable '${root}'. A cyclical reference was detected.`;
      } else {
        this.secret ||= nested.secret;
        const inner = this.#expand(nested, root, path);
        value = value.slice(0, prefix) + inner + value.slice(suffix + 1);
        start = prefix + inner.length;
      }
    }
    return value;
  }
}
