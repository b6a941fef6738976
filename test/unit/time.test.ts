import assert from 'node:assert/strict';
import { timeOf } from '../../src/time';

const noon = Date.UTC(2026, 2, 1, 12);

describe('a time', () => {
  const zone = process.env.TZ;
  before(() => {
    process.env.TZ = 'America/Los_Angeles';
  });
  after(() => {
    if (zone === undefined) delete process.env.TZ;
    else process.env.TZ = zone;
  });

  for (const [text, milliseconds] of [
    ['2026-03-01T12:00:00Z', 0],
    ['2026-03-01T12:00:00.1234567Z', 123],
    ['2026-03-01T12:00:00', 0],
    ['2026-03-01T12:00:00.32', 320],
    ['2026-03-01T12:00', 0],
    ['2026-03-01T14:00:00+02:00', 0],
    [' 2026-03-01T12:00:00z ', 0],
    ['2026-03-01', -12 * 60 * 60_000],
  ] as const) {
    it(`is read from ${text}, on a machine in any zone`, () => assert.equal(timeOf(text), noon + milliseconds));
  }

  for (const value of ['', 'soon', '2026-13-01T00:00:00', 7, null, undefined, {}]) {
    it(`is none in ${JSON.stringify(value)}`, () => assert.equal(timeOf(value), undefined));
  }
});
