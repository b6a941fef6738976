import assert from 'node:assert/strict';
import { readManifests } from '../../../dev/preview/manifests/manifest-files';
import type { DataSourceBinding } from '../../../dev/preview/manifests/task-manifest';
import { boundOptions } from '../../../dev/preview/pool-list';
import { root } from './open-preview';

const [binding] = readManifests(root).tasks.flatMap(({ dataSourceBindings = [] }) => dataSourceBindings);

function options(changes: Partial<DataSourceBinding>): string[] {
  assert.ok(binding);
  return boundOptions({ ...binding, ...changes });
}

describe('the list of pools', () => {
  const everyPool = 'jsonpath:$.value[*]';
  const url = '{{endpoint.url}}/_apis/distributedtask/pools';

  it('has self-hosted pools alone', () => {
    assert.deepEqual(options({}), ['Default', 'Build-Linux', 'Build-Windows']);
  });

  it('has what the selector and the address of the binding let through', () => {
    assert.deepEqual(options({ resultSelector: everyPool }), [
      'Default',
      'Azure Pipelines',
      'Build-Linux',
      'Build-Windows',
    ]);
    assert.deepEqual(options({ resultSelector: 'jsonpath:$.value[?(@.isHosted==true)]' }), ['Azure Pipelines']);
    assert.deepEqual(options({ endpointUrl: url, resultSelector: "jsonpath:$.value[?(@.poolType=='deployment')]" }), [
      'Production web servers',
    ]);
  });

  it('takes its options from the template', () => {
    assert.deepEqual(
      options({ resultTemplate: '{ "Value": "{{{id}}}: {{{name}}}", "DisplayValue": "{{{id}}}: {{{name}}}" }' })[0],
      '1: Default',
    );
  });

  for (const [what, changes] of Object.entries<Partial<DataSourceBinding>>({
    'another endpoint': { endpointId: '$(issuer)' },
    'another address': { endpointUrl: '{{endpoint.url}}/_apis/projects' },
    'a selector with two conditions': { resultSelector: 'jsonpath:$.value[?(@.isHosted==false && @.size>0)]' },
    'an XPath selector': { resultSelector: 'xpath://pool' },
    'a template that shows another text than it gives': {
      resultTemplate: '{ "Value": "{{{id}}}", "DisplayValue": "{{{name}}}" }',
    },
    'a template that is not JSON': { resultTemplate: '{{{name}}}' },
  })) {
    it(`refuses ${what} loudly`, () => assert.throws(() => options(changes)));
  }
});
