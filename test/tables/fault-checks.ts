import assert from 'node:assert/strict';
import type { Fault, PatRecord, RequestRecord } from '../../dev/emulator';
import type { Stage } from '../support/job-in-process';
import { count } from '../support/tally';
import { type Misbehaviour, misbehaviours } from './misbehaviours';
import type { Expected } from './table';

/** The misbehaviour that a table names. */
export function misbehaviourOf(name: string): Misbehaviour {
  return misbehaviours[name] ?? assert.fail(`there is no misbehaviour "${name}"`);
}

/** The same, for this operation. */
export function faultOf(
  { answer, when, times = Number.POSITIVE_INFINITY }: Misbehaviour,
  operation: Fault['operation'],
  now: number,
): Fault {
  return {
    operation,
    times,
    ...(when && { when }),
    answer: typeof answer === 'function' ? answer(now) : answer,
  };
}

/** It was asked for as often as expected, and the next request waited as long. */
export function checkRequests(requests: RequestRecord[], operation: string, { least, most, waits }: Expected): void {
  const asked = requests.filter((request) => request.operation === operation);
  const all = requests.map((request) => request.operation).join(', ');
  assert.ok(asked.length >= least && asked.length <= most, `${operation} was asked for ${asked.length} times: ${all}`);
  if (waits === undefined) return;
  const first = requests.findIndex((request) => request.operation === operation);
  const [one, next] = requests.slice(first);
  const waited = ((next?.at ?? 0) - (one?.at ?? 0)) / 1000;
  assert.ok(waited >= waits, `it waited ${waited} s`);
}

/** The step ended as expected; `failure` is what its result is where it does not succeed. */
export function checkEnd(stage: Stage, { ends, warnings = [] }: Expected, failure: Stage['result']): void {
  const said = stage.message ?? stage.issues.map(({ message }) => message).join(' ');
  if (ends === 'succeeds') {
    assert.equal(stage.result, 'Succeeded', said);
    assert.equal(stage.issues.length, warnings.length, said);
    warnings.forEach((warning, index) => {
      assert.match(stage.issues[index]?.message ?? '', warning);
    });
  } else {
    assert.equal(stage.result, failure, said);
    assert.match(said, new RegExp(`\\(${ends}\\)$`));
  }
}

/** The step took no more than so many milliseconds by its own clock. */
export function checkTime({ milliseconds }: Stage, budget: number): void {
  assert.ok(milliseconds <= budget, `it took ${milliseconds} ms`);
}

/** Counts one fault as tried, and what it left alive when everything of ours had run: nothing may be. */
export function checkNothingAlive(alive: PatRecord[]): void {
  count('faults', 1);
  count('tokens left alive', alive.length);
  assert.deepEqual(alive, []);
}
