import assert from 'node:assert/strict';
import { readArguments } from '../../setup/arguments';
import { UsageError } from '../../setup/failure';
import { Scene } from './issuer-command';

/** How much a person has to decide at most before an issuer is there. */
const most = 5;

function optionsDemanded(): string[] {
  try {
    readArguments(['create']);
  } catch (error) {
    if (error instanceof UsageError) return error.problems.filter((problem) => problem.endsWith(' is missing.'));
    throw error;
  }
  return [];
}

describe('what a person decides to have an issuer', function () {
  this.timeout(120_000);
  const organizations = { 'an organization': false, 'one that restricts who may mint tokens': true };
  for (const [what, restricted] of Object.entries(organizations)) {
    it(`is at most ${most} things in ${what}: options that create demands, and questions that it asks`, async () => {
      const scene = await Scene.open();
      try {
        scene.emulator.state.policies.restrictPatCreation = restricted;
        if (restricted) scene.emulator.state.policies.patAllowList.add(scene.user.oid);
        const run = scene.startAtTerminal(['create', ...scene.arguments('create')]);
        const { code, output } = await run.ended;
        assert.equal(code, 0, output);
        assert.equal(scene.emulator.state.collection.endpoints.all.length, 1);
        const demanded = optionsDemanded();
        assert.equal(run.questions, 1, output);
        assert.ok(demanded.length + run.questions <= most, `${demanded.join(' ')} ${run.questions} questions`);
      } finally {
        await scene.close();
      }
    });
  }
});
