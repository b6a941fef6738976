import assert from 'node:assert/strict';
import { join } from 'node:path';
import { noticesOf } from '../../../dev/commands/surroundings/notices';
import { parsePipeline } from '../../../dev/job-runner';

const notices = (steps: object[], rest: object = {}) =>
  noticesOf(parsePipeline({ ...rest, steps }), join(__dirname, '..', '..', '..'));

describe('what npm run job says before a job runs on a person’s machine', () => {
  for (const [what, script, programs] of [
    ['a command', 'sudo ./svc.sh install', 'sudo'],
    ['a command within another', '(cd "$folder" && sudo ./svc.sh stop)', 'sudo'],
    ['several programs', 'docker build .\nssh host -- docker ps', 'docker, ssh'],
    ['what a substitution runs', 'names=$(az vm list)', 'az'],
    [
      'what a script of the repository runs',
      'sh examples/scripts/kubernetes-agents.sh start',
      'sudo, systemctl, launchctl, kubectl',
    ],
  ] as const) {
    it(`names ${what}`, () => {
      assert.deepEqual(notices([{ script, displayName: 'Do it' }]), [
        `Warning: the step 'Do it' calls ${programs}, on this machine and for real.`,
      ]);
    });
  }

  for (const script of ['echo done # not sudo at all', '# sudo is not needed', './sudoers.sh', 'echo "$SUDO"']) {
    it(`is nothing for ${JSON.stringify(script)}`, () => assert.deepEqual(notices([{ script }]), []));
  }

  it('names what of the file has no meaning here', () => {
    assert.deepEqual(notices([], { trigger: 'none' }), [
      'This job runs here and now, although the file says otherwise: trigger.',
    ]);
  });
});
