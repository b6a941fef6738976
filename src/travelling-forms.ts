/** User names that clients usually put before a token in Basic authentication; without one there is no colon either. */
const usualPrefixes = ['', ':', 'VstsAgent:', 'PAT:', 'azdo:', 'user:'];
/** Columns at which programs wrap base64: those of PEM, and those of MIME and GNU. */
const columns = [64, 76];
/** Characters: a longer secret would need too many masks, each of which the agent looks for in every later line. */
const maxWrapped = 200;
/** Characters: a shorter piece would mask what is no secret. */
const minPiece = 8;

/**
 * Every form in which a secret travels and that has to be masked: the value, its base64 behind any user name, and that wrapped
 * in lines behind the usual user names.
 *
 * Not its JSON, URL and backslash escapes: the agent derives those of what is registered, and a registered `%` would itself be
 * echoed escaped, and so unmasked, in debug output.
 */
export function travellingForms(value: string): string[] {
  if (value === '') return [];
  const encoded = [0, 1, 2].flatMap((offset) => alignment(value, offset));
  const wrapped = value.length > maxWrapped ? [] : usualPrefixes.flatMap((prefix) => lines(prefix, value));
  return [...new Set([value, ...encoded, ...wrapped])];
}

/**
 * The base64 of a value that so many bytes stand before, modulo three: the characters that depend on the value alone. Once
 * with the last character where the value ends the text, and once without it for what something follows, such as a line
 * break.
 */
function alignment(value: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value, 'utf8')]);
  const first = Math.ceil((offset * 8) / 6);
  return endings(bytes).map((text) => text.slice(first));
}

function lines(prefix: string, value: string): string[] {
  return endings(Buffer.from(prefix + value, 'utf8')).flatMap((text) =>
    columns.flatMap((width) => {
      if (text.length <= width) return [];
      const count = Math.ceil(text.length / width);
      return Array.from({ length: count }, (_, line) => text.slice(line * width, (line + 1) * width)).filter(
        (piece) => piece.length >= minPiece,
      );
    }),
  );
}

/** Base64 without padding, and the same without a last character that what follows would change. */
function endings(bytes: Buffer): string[] {
  const text = bytes.toString('base64').replace(/=+$/, '');
  return [text, text.slice(0, Math.floor((bytes.length * 8) / 6))];
}
