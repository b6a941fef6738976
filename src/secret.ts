import { inspect } from 'node:util';

/** User names that clients put before a token in Basic authentication. */
const basicUsers = [':', 'VstsAgent:', 'PAT:'];

/** A string that prints as *** wherever it lands by accident: in a template, in JSON, in an inspection. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself, for the one place that sends it or hands it over. */
  reveal(): string {
    return this.#value;
  }

  /**
   * Whether this is one printable ASCII word of a length within the bounds, as every credential of the service is.
   * Without a percent sign, which none has: the agent would echo it escaped, and so unmasked, where it shows debug output.
   */
  isPrintableWord(shortest: number, longest: number): boolean {
    return (
      this.#value.length >= shortest && this.#value.length <= longest && /^[\x21-\x24\x26-\x7e]+$/.test(this.#value)
    );
  }

  /**
   * Every form in which the value travels and that has to be masked: the value, and the base64 that ends up in an
   * Authorization header, padded and not.
   *
   * Not its JSON, URL and backslash escapes: the agent derives those of whatever is registered, and a registered `%`
   * would itself be echoed escaped, and so unmasked, in debug output.
   */
  travellingForms(): string[] {
    if (this.#value === '') return [];
    const encoded = ['', ...basicUsers].map((user) => Buffer.from(`${user}${this.#value}`, 'utf8').toString('base64'));
    return [...new Set([this.#value, ...encoded, ...encoded.map((form) => form.replace(/=+$/, ''))])];
  }

  /** The text with every travelling form of this secret replaced by ***. */
  redact(text: string): string {
    const forms = this.travellingForms();
    const escaped = forms.flatMap((form) => [
      encodeURIComponent(form),
      // As it stands in the body of a form, which escapes more.
      new URLSearchParams({ x: form }).toString().slice(2),
      JSON.stringify(form).slice(1, -1),
    ]);
    // Longest first: a short form replaced inside a long one would leave the rest of the long one standing.
    return [...new Set([...forms, ...escaped])]
      .sort((a, b) => b.length - a.length)
      .reduce((rest, form) => rest.replaceAll(form, '***'), text);
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect.custom](): string {
    return '***';
  }
}
