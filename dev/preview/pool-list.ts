import type { DataSourceBinding } from './manifests/task-manifest';

interface Pool {
  id: number;
  name: string;
  isHosted: boolean;
  poolType: 'automation' | 'deployment';
}

/** Pools of no organization, of every kind that the service may name. */
const pools: Pool[] = [
  { id: 1, name: 'Default', isHosted: false, poolType: 'automation' },
  { id: 9, name: 'Azure Pipelines', isHosted: true, poolType: 'automation' },
  { id: 10, name: 'Build-Linux', isHosted: false, poolType: 'automation' },
  { id: 11, name: 'Build-Windows', isHosted: false, poolType: 'automation' },
  { id: 12, name: 'Production web servers', isHosted: false, poolType: 'deployment' },
];

/**
 * What a list offers that is bound to the pools of the organization: the pools above, put through the filter of the
 * binding's address, its selector and its template.
 * @throws for a binding of any other shape.
 */
export function boundOptions(binding: DataSourceBinding): string[] {
  const { target, endpointId, endpointUrl } = binding;
  const origin = 'https://dev.azure.com/organization';
  const { pathname, searchParams } = new URL(endpointUrl.replace('{{endpoint.url}}', origin));
  if (endpointId !== 'tfs:teamfoundation' || pathname !== '/organization/_apis/distributedtask/pools') {
    throw new Error(
      `The list "${target}" is bound to ${endpointId} ${endpointUrl}, of which the preview knows nothing.`,
    );
  }
  const poolType = searchParams.get('poolType');
  const answered = pools.filter((pool) => poolType === null || pool.poolType === poolType);
  return select(answered, binding.resultSelector).map((pool) => optionOf(pool, binding.resultTemplate));
}

/** The part of JSONPath that the platform's own tasks use: all elements, or those of which one member is a constant. */
function select(answered: Pool[], selector: string): Pool[] {
  if (selector === 'jsonpath:$.value[*]') return answered;
  const [, member, constant] = /^jsonpath:\$\.value\[\?\(@\.(\w+)==(true|false|'[^']*')\)\]$/.exec(selector) ?? [];
  if (member === undefined || constant === undefined) throw new Error(`The selector "${selector}" is not understood.`);
  const wanted = constant.startsWith("'") ? constant.slice(1, -1) : constant === 'true';
  return answered.filter((pool) => (pool as unknown as Record<string, unknown>)[member] === wanted);
}

function optionOf(pool: Pool, template: string): string {
  const filled = template.replace(/\{\{\{(\w+)\}\}\}/g, (_, member: string) =>
    String((pool as unknown as Record<string, unknown>)[member] ?? ''),
  );
  const { Value: value, DisplayValue: shown } = JSON.parse(filled) as Record<string, unknown>;
  if (typeof value !== 'string' || value !== shown) {
    throw new Error(`The template ${template} does not give one text for both Value and DisplayValue.`);
  }
  return value;
}
