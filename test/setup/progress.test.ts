import assert from 'node:assert/strict';
import { runSteps } from '../../setup/commands/run-steps';
import { Interrupted, SetupError } from '../../setup/failure';
import { Interruption } from '../../setup/interruption';
import type { Tools } from '../../setup/tools';
import { withOutputTo } from './in-process';

describe('the steps of the issuer command, on the terminal', () => {
  /** What stands there when a step of this title reports a line and ends with this fault. */
  async function shown(fault: Error, title = 'a step', line = 'a line'): Promise<string> {
    let output = '';
    const tools = { interruption: new Interruption() } as Tools;
    const run = async (report: (line: string) => void) => {
      report(line);
      throw fault;
    };
    await withOutputTo(
      (text) => {
        output += text;
      },
      async (terminal) => {
        terminal.say(title);
        await assert.rejects(runSteps([{ title, there: false, run }], tools), { name: /^(SetupError|Interrupted)$/ });
      },
    );
    return output;
  }

  it('show what a step says, and why it failed', async () => {
    const output = await shown(new SetupError('It broke.', 'Mend it.'));
    for (const text of ['a step', 'a line', 'It broke. Mend it.']) assert.ok(output.includes(text), output);
    assert.match(await shown(new Interrupted()), /interrupted/);
  });

  it('show nothing of the text of a fault that is not expected, which may hold anything', async () => {
    const output = await shown(new TypeError('Bearer a-token-that-a-library-put-into-its-message'));
    assert.doesNotMatch(output, /a-token/);
    assert.match(output, /The command has a bug, which stopped it \(TypeError\)/);
  });

  it('hand no character to the terminal that it would obey', async () => {
    const output = await shown(
      new SetupError('It broke.', 'Mend it.'),
      'user \u001b]0;x\u0007\u009b2J',
      '\u202eline\rx',
    );
    for (const obeyed of '\u001b\u0007\u009b\u202e\r') assert.ok(!output.includes(obeyed), JSON.stringify(output));
  });
});
