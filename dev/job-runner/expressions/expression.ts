import { type Expression, fillTemplate, functionNamed } from './functions';
import { ExpressionProblem, type Value, Version } from './values';

/**
 * Reads an expression of Azure Pipelines: https://learn.microsoft.com/azure/devops/pipelines/process/expressions. It knows
 * literals, functions, `variables` and an index behind a function, and no other context.
 * @throws ExpressionProblem for all else, with the character at which it stands.
 */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  return parser.parse();
}

interface Part {
  evaluate: Expression;
  /** The text, where the part is one as it stands. */
  text?: string;
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Expression {
    try {
      const { evaluate } = this.#part();
      this.#take(/\s*/y);
      if (this.#at < this.#text.length) throw new ExpressionProblem(`'${this.#rest}' is left over.`);
      return evaluate;
    } catch (error) {
      if (!(error instanceof ExpressionProblem)) throw error;
      throw new ExpressionProblem(`at character ${this.#at + 1}, ${error.message}`);
    }
  }

  get #rest(): string {
    return this.#text.slice(this.#at).trim();
  }

  /** Takes what matches here, with the blanks before it; undefined where nothing does. */
  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found?.trim();
  }

  #expect(pattern: RegExp, what: string): string {
    const found = this.#take(pattern);
    if (found === undefined) throw new ExpressionProblem(`${what} is expected, not '${this.#rest}'.`);
    return found;
  }

  #part(): Part {
    const text = this.#take(/\s*'(?:[^']|'')*'/y)
      ?.slice(1, -1)
      .replaceAll("''", "'");
    if (text !== undefined) return { evaluate: () => text, text };
    const number = this.#take(/\s*[-.\d][^\s,()[\]]*/y);
    if (number !== undefined) return constant(numberOrVersion(number));
    const name = this.#expect(/\s*[a-z_]\w*/iy, 'A value');
    if (/^(true|false)$/i.test(name)) return constant(name.toLowerCase() === 'true');
    if (this.#take(/\s*\(/y)) return this.#indexed(this.#call(name));
    if (name.toLowerCase() === 'variables') return this.#variable();
    throw new ExpressionProblem(`'${name}' is neither a function nor 'variables'.`);
  }

  #variable(): Part {
    const member = this.#take(/\s*\.\s*[a-z_]\w*/iy)
      ?.slice(1)
      .trim();
    const name = member ?? this.#index().text;
    if (name === undefined) throw new ExpressionProblem("variables['…'] is expected, with a name in quotes.");
    return { evaluate: ({ variable }) => variable(name) ?? null };
  }

  #index(): Part {
    this.#expect(/\s*\[/y, "'['");
    const index = this.#part();
    this.#expect(/\s*\]/y, "']'");
    return index;
  }

  #call(name: string): Part {
    const parameters: Part[] = [];
    if (!this.#take(/\s*\)/y)) {
      do parameters.push(this.#part());
      while (this.#take(/\s*,/y));
      this.#expect(/\s*\)/y, "',' or ')'");
    }
    const { evaluate } = functionNamed(name, parameters.length);
    const [template, ...values] = parameters;
    if (name.toLowerCase() === 'format')
      fillTemplate(
        template?.text ?? '',
        values.map(() => ''),
      );
    const all = parameters.map((parameter) => parameter.evaluate);
    return { evaluate: (state) => evaluate(all, state) };
  }

  /** An item of a list, counted from 0; null where there is none. */
  #indexed(list: Part): Part {
    if (!/^\s*\[/.test(this.#text.slice(this.#at))) return list;
    const index = this.#index();
    return this.#indexed({ evaluate: (state) => itemOf(list.evaluate(state), index.evaluate(state)) });
  }
}

function constant(value: Value): Part {
  return { evaluate: () => value };
}

function numberOrVersion(text: string): number | Version {
  if (/^\d+(\.\d+){2,3}$/.test(text)) return new Version(text.split('.').map(Number));
  // Numbers of the service have 28 digits, those of this runner have 15.
  if (/^-?(\d+(\.\d*)?|\.\d+)$/.test(text) && text.length < 16) return Number(text);
  throw new ExpressionProblem(`'${text}' is neither a number of less than 16 characters nor a version.`);
}

function itemOf(list: Value, index: Value): Value {
  return (Array.isArray(list) && typeof index === 'number' ? list[index] : undefined) ?? null;
}
