import { inspect } from 'node:util';
import { minMasked, travellingForms } from './travelling-forms';

/** A string that prints as *** wherever it lands by accident: in a template, in JSON, in an inspection. */
export class Secret {
  /** Characters: a mask for fewer would hide what is no secret, so that shorter ones are refused. */
  static readonly minLength = minMasked;

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
  isPrintableWord(min: number, max: number): boolean {
    return this.#value.length >= min && this.#value.length <= max && /^[\x21-\x24\x26-\x7e]+$/.test(this.#value);
  }

  /** Whether it is too short to be masked, and so must not be used. */
  get isTooShort(): boolean {
    return this.#value.length < Secret.minLength;
  }

  /** Every form in which the value travels and that has to be masked. */
  travellingForms(): string[] {
    return travellingForms(this.#value);
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
    // Marked first and replaced at once: one form replaced would leave the rest of another standing that overlaps it.
    const hidden = new Array<boolean>(text.length).fill(false);
    for (const form of new Set([...forms, ...escaped])) {
      for (let at = text.indexOf(form); at >= 0; at = text.indexOf(form, at + 1))
        hidden.fill(true, at, at + form.length);
    }
    const shown = Array.from(hidden, (isHidden, at) => {
      if (!isHidden) return text[at];
      return hidden[at - 1] ? '' : '***';
    });
    return shown.join('');
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
