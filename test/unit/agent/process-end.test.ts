import assert from 'node:assert/strict';

// Not `import *`: only the module object itself can be stubbed.
import fs = require('node:fs');

import sinon from 'sinon';
import { onDrained, outputIsRead } from '../../../src/agent/process-end';

describe('the end of a process', () => {
  afterEach(() => sinon.restore());

  it('is listened to until the listener is taken back', () => {
    let ends = 0;
    const before = process.listenerCount('beforeExit');
    const takeBack = onDrained(() => {
      ends += 1;
    });
    assert.equal(process.listenerCount('beforeExit'), before + 1);
    const [listener] = process.listeners('beforeExit').slice(-1);
    listener?.call(process, 0);
    assert.equal(ends, 1);
    takeBack();
    assert.equal(process.listenerCount('beforeExit'), before);
  });

  for (const [what, stat, expected] of [
    ['is written somewhere', () => ({ isCharacterDevice: () => false, rdev: 7 }), true],
    ['is written to a terminal', () => ({ isCharacterDevice: () => true, rdev: 8 }), true],
    ['is thrown away', () => ({ isCharacterDevice: () => true, rdev: 7 }), false],
    [
      'is that of a system without a null device',
      () => {
        throw new Error('ENOENT');
      },
      true,
    ],
  ] as const) {
    it(`has its output ${expected ? 'read' : 'not read'} where that ${what}`, async () => {
      sinon.stub(fs, 'fstatSync').callsFake(stat as unknown as typeof fs.fstatSync);
      sinon.stub(fs, 'statSync').returns({ rdev: 7 } as fs.Stats);
      const isRead = outputIsRead();
      sinon.restore();
      assert.equal(await isRead, expected);
    });
  }
});
