import { type Answer, notKnown } from '../requests/answers';
import type { Exchange } from '../requests/exchange';

type Entity = Record<string, unknown>;

/** A collection, filtered and cut as the query asks. Properties in `onDemand` come only where they are selected. */
export function collection(exchange: Exchange, entities: Entity[], onDemand: string[] = []): Answer {
  requireKnown(exchange, ['$filter', '$select', '$top']);
  const matches = readFilter(exchange.query('$filter'));
  const top = exchange.count('$top');
  const value = entities
    .filter(matches)
    .slice(0, top)
    .map((entity) => selected(exchange, entity, onDemand));
  return { status: 200, json: { '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata', value } };
}

/** One entity, with the properties that the query selects. */
export function single(exchange: Exchange, entity: Entity, onDemand: string[] = []): Answer {
  requireKnown(exchange, ['$select']);
  return { status: 200, json: selected(exchange, entity, onDemand) };
}

function requireKnown(exchange: Exchange, known: string[]): void {
  const unknown = Object.keys(exchange.record.query).find((name) => name.startsWith('$') && !known.includes(name));
  if (unknown !== undefined) throw notKnown(`to ${unknown}`);
}

/** Only comparisons for equality and of beginnings, joined by `and`. */
function readFilter(filter: string | undefined): (entity: Entity) => boolean {
  if (filter === undefined) return () => true;
  const terms = filter.split(/ and /i).map((term) => {
    const [, begun, beginning = ''] = /^\s*startswith\((\w+),\s*'((?:[^']|'')*)'\)\s*$/i.exec(term) ?? [];
    if (begun !== undefined) return { name: begun, isIt: (value: string) => value.startsWith(unquoted(beginning)) };
    const [, name, text, literal] = /^\s*(\w+) eq (?:'((?:[^']|'')*)'|(true|false))\s*$/i.exec(term) ?? [];
    if (name === undefined) throw notKnown(`for the filter ${filter}`);
    const wanted = text === undefined ? literal?.toLowerCase() : unquoted(text);
    return { name, isIt: (value: string) => value === wanted };
  });
  return (entity) =>
    terms.every(({ name, isIt }) => {
      if (!(name in entity)) throw notKnown(`for a filter by ${name}`);
      return isIt(String(entity[name]).toLowerCase());
    });
}

function unquoted(text: string): string {
  return text.replaceAll("''", "'").toLowerCase();
}

function selected(exchange: Exchange, entity: Entity, onDemand: string[]): Entity {
  const names = exchange
    .query('$select')
    ?.split(',')
    .map((name) => name.trim());
  const shown = ([name]: [string, unknown]) =>
    names ? name.startsWith('@') || names.includes(name) : !onDemand.includes(name);
  return Object.fromEntries(Object.entries(entity).filter(shown));
}
