/** What one job left behind, in which no secret may be found. */
export interface Evidence {
  /** Texts that people or other programs can read, by what they are: the masked log, issues, variables, files. */
  readable: Record<string, string>;
  /** Each line that the stages under test wrote, as they wrote it, in order. */
  rawLines: readonly string[];
}

/** User names that clients put before a token in Basic authentication. */
const users = ['', ':', 'VstsAgent:', 'PAT:', 'user:'];

/** So many characters of a secret in a row are no accident. */
const telling = 12;

/** Every form in which a secret may turn up. */
export function formsOf(secret: string): string[] {
  const encoded = users.flatMap((user) => {
    const bytes = Buffer.from(user + secret);
    const base64 = bytes.toString('base64');
    return [base64, base64.replace(/=+$/, ''), bytes.toString('base64url')];
  });
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...encoded])];
}

/** All places where a secret, one of its forms, or a telling part of it is found. Repeats no secret. */
export function findLeaks(secrets: Record<string, string>, { readable, rawLines }: Evidence): string[] {
  const search = new Search(secrets);
  const leaks = Object.entries(readable).flatMap(([place, text]) =>
    [...search.in(text)].map((name) => `${name} is in ${place}`),
  );
  const registered = new Set<string>();
  for (const line of rawLines) {
    if (/^##vso\[task\.setsecret\]/.test(line)) {
      for (const name of search.wholeIn(line)) registered.add(name);
      continue;
    }
    for (const name of search.in(line)) {
      if (!isSecretVariable(line)) leaks.push(`${name} is in a line of output: ${outline(line)}`);
      else if (!registered.has(name)) leaks.push(`${name} is published before it is registered as a secret`);
    }
  }
  return leaks;
}

/** How often a secret variable was published. */
export function publications(rawLines: readonly string[]): number {
  return rawLines.filter(isSecretVariable).length;
}

function isSecretVariable(line: string): boolean {
  const [, properties] = /^##vso\[task\.setvariable ([^\]]*)\]/.exec(line) ?? [];
  return properties !== undefined && /(^|;)issecret=true/i.test(properties) && !/isoutput=true/i.test(properties);
}

/** What kind of line it is, without what stands in it. */
function outline(line: string): string {
  return /^##vso\[[^\]]*\]/.exec(line)?.[0] ?? 'plain text';
}

/** Finds the names of the secrets that a text holds. */
class Search {
  readonly #forms: [form: string, name: string][];
  /** Forms that are too short to have a piece. */
  readonly #short: [form: string, name: string][];
  /** Neighbouring pieces of each form: whoever shows twice the length of one shows one of them whole. */
  readonly #pieces = new Map<string, Set<string>>();
  /** Marks how pieces begin: a look at it passes by nearly every place of a text, where no piece can stand. */
  readonly #beginnings = new Uint8Array(0x10000);

  constructor(secrets: Record<string, string>) {
    this.#forms = Object.entries(secrets).flatMap(([name, secret]) =>
      formsOf(secret).map((form): [string, string] => [form, name]),
    );
    this.#short = this.#forms.filter(([form]) => form.length < telling);
    for (const [form, name] of this.#forms) {
      for (let start = 0; start + telling <= form.length; start += telling) {
        const piece = form.slice(start, start + telling);
        this.#pieces.set(piece, (this.#pieces.get(piece) ?? new Set()).add(name));
        this.#beginnings[beginning(piece, 0)] = 1;
      }
    }
  }

  wholeIn(text: string): string[] {
    return this.#forms.filter(([form]) => text.includes(form)).map(([, name]) => name);
  }

  in(text: string): Set<string> {
    const found = new Set(this.#short.filter(([form]) => text.includes(form)).map(([, name]) => name));
    for (let start = 0; start + telling <= text.length; start++) {
      if (this.#beginnings[beginning(text, start)] === 0) continue;
      for (const name of this.#pieces.get(text.slice(start, start + telling)) ?? []) found.add(name);
    }
    return found;
  }
}

/** Three characters from a place on, as a number of 16 bits; other characters may give the same. */
function beginning(text: string, start: number): number {
  const first = text.charCodeAt(start);
  const second = text.charCodeAt(start + 1);
  const third = text.charCodeAt(start + 2);
  return (first ^ (second << 5) ^ (third << 10)) & 0xffff;
}
