import assert from 'node:assert/strict';
import { closestNames } from '../../setup/plan/closest-names';

describe('the closest names', () => {
  it('are at most three, the most similar first, in any case', () => {
    assert.equal(
      closestNames('defualt', ['Zebra', 'Default', 'Default-2', 'Build-Linux']),
      ' The closest names are "Default", "Default-2", "Zebra".',
    );
  });

  it('can be one, or none', () => {
    assert.equal(closestNames('x', ['Default']), ' The closest name is "Default".');
    assert.equal(closestNames('x', []), '');
  });

  it('hold nothing that a log could take for a command', () => {
    assert.ok(!closestNames('x', ['##vso[task.setvariable variable=a]b\n']).includes('##vso['));
  });
});
