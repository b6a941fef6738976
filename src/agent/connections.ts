// Not `import *`: only the module object itself can be stubbed in tests.
import internal = require('azure-pipelines-task-lib/internal');
import tl = require('azure-pipelines-task-lib/task');

import { fieldsOf, parseJson, textIn } from '../json';
import type { Secret } from '../secret';
import type { Connection } from './pipeline';

/** Makes a secret of a text, and masks it. */
type Masked = (value: string | undefined) => Secret | undefined;

/**
 * Reads a service connection of the job from the two JSON texts that the agent always writes, and writes last. The
 * variables of single fields count only where such a text is missing, for programs that run a task without an agent: a
 * step's `env` can stand for those of fields that are empty.
 */
export function readConnection(id: string, masked: Masked): Connection | undefined {
  const url = tl.getEndpointUrl(id, true);
  if (!url) return undefined;
  const authorization = objectIn(internal._vault.retrieveSecret(`ENDPOINT_AUTH_${id}`));
  const data = objectIn(process.env[`ENDPOINT_DATA_${id}`]);
  return {
    id,
    url,
    ...(authorization ? authorizationIn(authorization, masked) : singleParameters(id, masked)),
    data: (field) => (data ? textIn(data, field) : (tl.getEndpointDataParameter(id, field, true) ?? '').trim()),
  };
}

type Authorization = Pick<Connection, 'scheme' | 'parameter' | 'secret'>;

function authorizationIn(authorization: Record<string, unknown>, masked: Masked): Authorization {
  const parameters = fieldsOf(authorization.parameters);
  return {
    scheme: textIn(authorization, 'scheme'),
    parameter: (field) => textIn(parameters, field),
    secret: (field) => masked(textIn(parameters, field)),
  };
}

function singleParameters(id: string, masked: Masked): Authorization {
  return {
    scheme: tl.getEndpointAuthorizationScheme(id, true) ?? '',
    parameter: (field) => (tl.getEndpointAuthorizationParameter(id, field, true) ?? '').trim(),
    secret: (field) => masked(internal._vault.retrieveSecret(`ENDPOINT_AUTH_PARAMETER_${id}_${field}`)),
  };
}

/** The object in a JSON text, empty where it is none; undefined where there is no text. */
function objectIn(text: string | undefined): Record<string, unknown> | undefined {
  return text ? fieldsOf(parseJson(text)) : undefined;
}
