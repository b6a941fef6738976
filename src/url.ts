/** The URL of a text, or undefined where it is none. Not by URL.canParse, which Node 16 lacks. */
export function urlOf(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
