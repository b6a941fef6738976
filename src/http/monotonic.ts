/**
 * Milliseconds by a clock that only ever goes forward, from any start.
 *
 * Not by performance.now(), for whose global object Node 20 loads eight modules.
 */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
