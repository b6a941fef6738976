import assert from 'node:assert/strict';
import fc from 'fast-check';
import { timeOf, utcText } from '../../src/time';

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

describe('a time as text', () => {
  it('writes what Date writes, for any moment that a Date can hold', () => {
    const { MAX_SAFE_INTEGER } = Number;
    const moments = fc.oneof(
      fc.date({ noInvalidDate: true }),
      fc.integer({ min: -1e14, max: 3e14 }).map((ms) => new Date(ms)),
    );
    fc.assert(fc.property(moments, (date) => utcText(date.getTime()) === date.toISOString()));
    for (const wrong of [Number.NaN, MAX_SAFE_INTEGER]) assert.throws(() => utcText(wrong), RangeError);
  });

  it('goes with the step of a year and of a day', () => {
    assert.equal(utcText(Date.UTC(2027, 0, 1) - 1), '2026-12-31T23:59:59.999Z');
    assert.equal(utcText(Date.UTC(2028, 1, 29, 4, 5, 6, 7)), '2028-02-29T04:05:06.007Z');
  });
});
