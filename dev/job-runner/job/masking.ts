function jsonStringEscape(value: string): string {
  // Json.NET also escapes the three line separators that JSON.stringify leaves alone.
  return JSON.stringify(value)
    .slice(1, -1)
    .replaceAll('\u0085', '\\u0085')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

function uriDataEscape(value: string): string {
  // encodeURIComponent throws on half a surrogate pair; the detour replaces it, as .NET does.
  const escaped = encodeURIComponent(Buffer.from(value, 'utf8').toString('utf8'));
  return escaped.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Named so in the agent, although it takes backslashes away. */
function backslashEscape(value: string): string {
  return value.replaceAll('\\\\', '\\').replaceAll("\\'", "'").replaceAll('\\"', '"').replaceAll('\\t', '\t');
}

/** The password in `//user:password@host`. */
const urlPassword = /(?<=\/\/[^:/?#\n]+:)[^@\n]+(?=@)/g;

/** The agent's default masker: literal values with three encodings each, and passwords in URLs. */
export class SecretMasker {
  readonly #values = new Set<string>();

  /** Registers a value and its encodings. Only what is written afterwards is masked. */
  add(value: string): void {
    for (const form of [value, jsonStringEscape(value), uriDataEscape(value), backslashEscape(value)]) {
      if (form !== '') {
        this.#values.add(form);
      }
    }
  }

  /** Registers the forms that a secret variable of the job message gets before the first step. */
  addJobSecret(value: string): void {
    if (value === '') {
      return;
    }
    this.add(value);
    this.add(value.trim());
    if (value.length > 2 && /^(["']).*\1$/s.test(value)) {
      this.add(value.slice(1, -1));
    }
    this.add(value.replaceAll('%', '%AZP25').replaceAll('\r', '%0D').replaceAll('\n', '%0A'));
    this.add(Buffer.from(value, 'utf8').toString('base64'));
  }

  /** Puts `***` for each range that any value covers; overlapping and touching ranges become one. */
  mask(text: string): string {
    const ranges = [...this.#rangesOfValues(text), ...[...text.matchAll(urlPassword)].map(rangeOfMatch)];
    ranges.sort((left, right) => left.start - right.start);
    let masked = '';
    let end = -1;
    for (const range of ranges) {
      if (range.start > end) {
        masked += `${text.slice(Math.max(end, 0), range.start)}***`;
      }
      end = Math.max(end, range.end);
    }
    return masked + text.slice(Math.max(end, 0));
  }

  *#rangesOfValues(text: string): Generator<Range> {
    for (const value of this.#values) {
      for (let start = text.indexOf(value); start >= 0; start = text.indexOf(value, start + 1)) {
        yield { start, end: start + value.length };
      }
    }
  }
}

interface Range {
  start: number;
  end: number;
}

function rangeOfMatch(match: RegExpExecArray): Range {
  return { start: match.index, end: match.index + match[0].length };
}
