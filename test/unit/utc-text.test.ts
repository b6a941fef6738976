import assert from 'node:assert/strict';
import fc from 'fast-check';
import { utcText } from '../../src/utc-text';

describe('utcText', () => {
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
