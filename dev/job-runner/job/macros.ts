/**
 * Replaces `$(name)` once, from left to right, without looking into what was put in. An unknown macro stays as it is
 * written, and the search goes on right behind its dollar sign.
 */
export function expandMacros(text: string, lookup: (name: string) => string | undefined): string {
  let expanded = text;
  let start = 0;
  while (start < expanded.length) {
    const prefix = expanded.indexOf('$(', start);
    const suffix = prefix < 0 ? -1 : expanded.indexOf(')', prefix + 2);
    if (suffix < 0) {
      break;
    }
    const name = expanded.slice(prefix + 2, suffix);
    const value = name === '' ? undefined : lookup(name);
    if (value === undefined) {
      start = prefix + 1;
    } else {
      expanded = expanded.slice(0, prefix) + value + expanded.slice(suffix + 1);
      start = prefix + value.length;
    }
  }
  return expanded;
}
