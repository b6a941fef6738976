import type { Secret } from './secret';

/** Characters of a secret that a text must not share with it. */
const maxShared = 11;

/**
 * Whether a text of a server shares a run of twelve characters with a secret, in any form in which it travels, behind
 * escapes and with separators between the characters. Such a text is not shown at all: no mask finds it.
 */
export function echoes(text: string, secrets: Secret[]): boolean {
  const said = bare(unescaped(text));
  if (said === '') return false;
  return secrets.some((secret) => secret.travellingForms().some((form) => sharesRun(said, bare(form))));
}

/** The letters and digits alone, in one case. */
function bare(text: string): string {
  return text.replace(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** As a reader would see it who undoes escapes of JSON, JavaScript, URLs and HTML, one within another. */
function unescaped(text: string): string {
  let before = text;
  for (let depth = 0; depth < 4; depth++) {
    const after = before
      // A match starts at the first of several backslashes only: one attempt for each of a million takes hours.
      .replace(/(?:(?<!\\)\\+(?:u\{?0*|x)|%|&#x0*)([0-9a-f]{2})[};]?/gi, (_, code) =>
        String.fromCharCode(Number.parseInt(code, 16)),
      )
      .replace(/&#0*(\d{2,3});?/g, (_, code) => String.fromCharCode(Number(code)));
    if (after === before) return after;
    before = after;
  }
  return before;
}

function sharesRun(said: string, form: string): boolean {
  const length = Math.min(maxShared + 1, form.length);
  if (length === 0 || said.length < length) return false;
  for (let start = 0; start + length <= form.length; start++) {
    if (said.includes(form.slice(start, start + length))) return true;
  }
  return false;
}
