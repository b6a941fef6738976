/** A logging command as parsed from one line of output. */
export interface Command {
  area: string;
  event: string;
  /** Keys in lower case. */
  properties: ReadonlyMap<string, string>;
  data: string;
}

const prefix = '##vso[';

/** Undoes the escapes in the agent's order; the percent sign comes last, so that `%AZP253B` is `%3B`. */
function unescapeText(text: string): string {
  return text
    .replaceAll('%3B', ';')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%5D', ']')
    .replaceAll('%AZP25', '%');
}

/** The escapes that a command's data is written with. */
export function escapeData(text: string): string {
  return text
    .replaceAll('%', '%AZP25')
    .replaceAll(';', '%3B')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
    .replaceAll(']', '%5D');
}

/** Finds the first logging command in a line, or nothing where there is no legal one. */
export function parseCommand(line: string): Command | undefined {
  const start = line.indexOf(prefix);
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) {
    return undefined;
  }
  const head = line.slice(start + prefix.length, end);
  const space = head.indexOf(' ');
  const names = (space < 0 ? head : head.slice(0, space)).split('.').filter((name) => name !== '');
  const [area, event] = names;
  if (names.length !== 2 || area === undefined || event === undefined) {
    return undefined;
  }
  const properties = new Map<string, string>();
  for (const pair of space > 0 ? head.slice(space + 1).split(';') : []) {
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1);
    if (equals > 0 && value !== '') {
      properties.set(pair.slice(0, equals).toLowerCase(), unescapeText(value));
    }
  }
  return { area, event, properties, data: unescapeText(line.slice(end + 1)) };
}

/** Whether a property says true, in any case. */
export function flag({ properties }: Command, name: string): boolean {
  return properties.get(name)?.trim().toLowerCase() === 'true';
}
