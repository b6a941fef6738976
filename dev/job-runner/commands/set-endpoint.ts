import type { Endpoint } from '../job/connections';
import type { Command } from './commands';
import type { StageContext } from './stage-context';

/**
 * `##vso[task.setendpoint id=…;field=…;key=…]value`: changes a connection for the rest of the job, whichever step uses
 * it. Any unrestricted step may do that, and to any connection that the job came with but the job's own.
 */
export function setEndpoint(context: StageContext, { properties, data }: Command): void {
  if (data === '') {
    throw new Error('Enter a valid value for setendpoint.');
  }
  const field = required('field', properties.get('field'));
  const isSecret = field.toLowerCase() === 'authparameter';
  if (isSecret) {
    // Before anything else is checked, so that a failing command is printed with its value masked.
    context.job.masker.add(data);
  }
  const endpoint = findEndpoint(context.job.endpoints, required('id', properties.get('id')));
  if (field.toLowerCase() === 'url') {
    if (!URL.canParse(data)) {
      throw new Error('Endpoint URL is not valid for ##vso[task.setendpoint] command.');
    }
    endpoint.url = new URL(data).href;
    return;
  }
  const key = required('key', properties.get('key'));
  if (isSecret) {
    setField(endpoint.parameters, key, data);
  } else if (field.toLowerCase() === 'dataparameter') {
    setField(endpoint.data, key, data);
  } else {
    throw new Error('Endpoint field is not valid for ##vso[task.setendpoint] command.');
  }
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) {
    throw new Error(`Required field '${name}' is missing in ##vso[task.setendpoint] command.`);
  }
  return value;
}

/** Takes a GUID as .NET reads it: with or without dashes, braces or parentheses. */
function findEndpoint(endpoints: readonly Endpoint[], id: string): Endpoint {
  const digits = (text: string) => text.replaceAll('-', '').toLowerCase();
  const [, given = ''] = /^\s*(?:\{(.*)\}|\((.*)\)|(.*?))\s*$/.exec(id)?.filter((part) => part !== undefined) ?? [];
  const endpoint = endpoints.find(({ key }) => digits(key) === digits(given));
  if (endpoint === undefined) {
    throw new Error('Endpoint ID is not valid for ##vso[task.setendpoint] command.');
  }
  return endpoint;
}

/** The fields of a connection are known by their names in any case; the case that came first stays. */
function setField(fields: Record<string, string>, key: string, value: string): void {
  const known = Object.keys(fields).find((name) => name.toLowerCase() === key.toLowerCase());
  fields[known ?? key] = value;
}
