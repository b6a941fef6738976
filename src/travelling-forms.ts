/** User names that clients usually put before a token in Basic authentication; without one there is no colon either. */
const usualPrefixes = ['', ':', 'VstsAgent:', 'PAT:', 'azdo:', 'user:'];
/** Columns at which programs wrap base64: those of PEM, and those of MIME and GNU. */
const columns = [64, 76];
/** Characters: a longer secret would need too many masks, each of which the agent looks for in every later line. */
const maxWrapped = 200;
/** Characters: a shorter text would mask what is no secret. */
export const minMasked = 8;

/**
 * Every form in which a secret travels and that has to be masked: the value, its base64 behind any user name, and that wrapped
 * in lines behind the usual user names.
 *
 * Not its JSON, URL and backslash escapes: the agent derives those of what is registered, and a registered `%` would itself be
 * echoed escaped, and so unmasked, in debug output.
 */
export function travellingForms(value: string): string[] {
  if (value === '') return [];
  const forms = new Set([value]);
  for (const offset of [0, 1, 2]) {
    // The characters before these depend on what stands before the value, too.
    const first = Math.ceil((offset * 8) / 6);
    for (const text of endings('\0'.repeat(offset) + value)) forms.add(text.slice(first));
  }
  for (const prefix of value.length > maxWrapped ? [] : usualPrefixes) {
    for (const text of endings(prefix + value)) for (const width of columns) addLines(forms, text, width);
  }
  return [...forms];
}

function addLines(forms: Set<string>, text: string, width: number): void {
  if (text.length <= width) return;
  for (let start = 0; start < text.length; start += width) {
    const piece = text.slice(start, start + width);
    if (piece.length >= minMasked) forms.add(piece);
  }
}

/**
 * The base64 of a text, without padding: once with the last character where the value ends the text, and once without it for
 * what something follows, such as a line break.
 */
function endings(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8');
  const encoded = bytes.toString('base64');
  const characters = (bytes.length * 8) / 6;
  return [encoded.slice(0, Math.ceil(characters)), encoded.slice(0, Math.floor(characters))];
}
