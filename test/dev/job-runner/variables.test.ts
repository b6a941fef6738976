import assert from 'node:assert/strict';
import { expandMacros } from '../../../dev/job-runner/job/macros';
import { SecretMasker } from '../../../dev/job-runner/job/masking';
import { Variables } from '../../../dev/job-runner/job/variables';

describe('variables', () => {
  it('are known in any case and keep the name of the last setting', () => {
    const variables = new Variables(new SecretMasker());
    variables.set('One', '1');
    variables.set('ONE', '2');
    assert.equal(variables.get('one'), '2');
    assert.deepEqual(
      variables.all().map(({ name }) => name),
      ['ONE'],
    );
  });

  it('stay secret once they are', () => {
    const masker = new SecretMasker();
    const variables = new Variables(masker);
    variables.set('a', 'first', { secret: true });
    variables.set('a', 'second');
    assert.deepEqual(
      variables.secret().map(({ value }) => value),
      ['second'],
    );
    assert.equal(masker.mask('first second'), '*** ***');
  });

  it('expand in depth, and take in secrecy', () => {
    const masker = new SecretMasker();
    const variables = new Variables(masker);
    variables.set('c', 'deep', { secret: true });
    variables.set('b', '<$(c)>');
    variables.set('a', '$(b) $(unknown)');
    assert.deepEqual(variables.expand(), []);
    assert.equal(variables.get('a'), '<deep> $(unknown)');
    assert.deepEqual(variables.public(), []);
    assert.equal(masker.mask('<deep> $(unknown)'), '***');
  });

  it('follow a later change of what they contain', () => {
    const variables = new Variables(new SecretMasker());
    variables.set('b', '1');
    variables.set('a', '$(b)');
    variables.expand();
    variables.set('b', '2');
    assert.equal(variables.get('a'), '1');
    variables.expand();
    assert.equal(variables.get('a'), '2');
  });

  it('warn of a cycle and stay as written', () => {
    const variables = new Variables(new SecretMasker());
    variables.set('a', '$(b)');
    variables.set('b', '$(a)');
    assert.match(variables.expand().join('\n'), /'a'.*cyclical[\s\S]*'b'.*cyclical/);
    assert.equal(variables.get('a'), '$(b)');
  });

  it('warn at a depth of fifty', () => {
    const variables = new Variables(new SecretMasker());
    for (let index = 0; index < 51; index++) {
      variables.set(`v${index}`, `$(v${index + 1})`);
    }
    variables.set('v51', 'end');
    const warnings = variables.expand();
    assert.equal(variables.get('v2'), 'end');
    assert.equal(variables.get('v1'), '$(v2)');
    assert.equal(warnings.length, 2);
    assert.match(warnings[0] ?? '', /'v0'.*depth \(50\)/);
  });
});

describe('macros', () => {
  const values: Record<string, string> = { a: '$(b)', b: 'B' };
  const expand = (text: string) => expandMacros(text, (name) => values[name]);

  it('are replaced once, without looking into what was put in', () => {
    assert.equal(expand('$(a)$(b)'), '$(b)B');
  });

  it('stay literal where nothing has that name', () => {
    assert.equal(expand('$(x) $() $(b'), '$(x) $() $(b');
    assert.equal(expand('$($(b))'), '$(B)');
  });
});
