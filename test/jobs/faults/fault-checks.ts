import assert from 'node:assert/strict';
import type { Fault, PatRecord, RequestRecord } from '../../../dev/emulator';
import type { StageResult } from '../../../dev/job-runner';
import { count } from '../../support/tally';
import type { Elsewhere } from './elsewhere';
import { enormousBytes, type Misbehaviour, misbehaviours } from './misbehaviours';
import type { Expected } from './table';

/** Real milliseconds that starting a process may take on a busy machine, beside what the task allows itself. */
const startingUp = 4000;
const mebibyte = 1024 * 1024;

/** The misbehaviour that a table names. */
export function misbehaviourOf(name: string): Misbehaviour {
  return misbehaviours[name] ?? assert.fail(`there is no misbehaviour "${name}"`);
}

/** The same, befalling this operation. */
export function faultOf(
  { answer, when, times = Number.POSITIVE_INFINITY }: Misbehaviour,
  operation: Fault['operation'],
  elsewhere: Elsewhere,
): Fault {
  return {
    operation,
    times,
    ...(when && { when }),
    answer: typeof answer === 'function' ? answer(elsewhere.url) : answer,
  };
}

/** It was asked for as often as expected, waited as long, and read of an enormous answer no more than it must. */
export function checkRequests(
  requests: RequestRecord[],
  operation: string,
  { least, most, waits }: Expected,
  speed: number,
): void {
  const asked = requests.filter((request) => request.operation === operation);
  const all = requests.map((request) => request.operation).join(', ');
  assert.ok(asked.length >= least && asked.length <= most, `${operation} was asked for ${asked.length} times: ${all}`);
  for (const { sentBytes } of asked) {
    if (sentBytes === undefined) continue;
    assert.ok(sentBytes >= mebibyte / 2 && sentBytes < enormousBytes / 2, `${sentBytes} bytes could be sent`);
  }
  if (waits === undefined) return;
  const first = requests.findIndex((request) => request.operation === operation);
  const [one, next] = requests.slice(first);
  const waited = (((next?.at ?? 0) - (one?.at ?? 0)) * speed) / 1000;
  assert.ok(waited >= waits, `it waited ${waited} s`);
}

/** The step ended as expected; `failure` is what its result is where it does not succeed. */
export function checkEnd(stage: StageResult, { ends, warnings = [] }: Expected, failure: StageResult['result']): void {
  const told = stage.message ?? stage.issues.map(({ message }) => message).join(' ');
  if (ends === 'succeeds') {
    assert.equal(stage.result, 'Succeeded', told);
    assert.equal(stage.issues.length, warnings.length, told);
    warnings.forEach((warning, index) => {
      assert.match(stage.issues[index]?.message ?? '', warning);
    });
  } else {
    assert.equal(stage.result, failure, told);
    assert.match(told, new RegExp(`\\(${ends}\\)$`));
  }
}

/** The step took no more than so many milliseconds by its own clock. */
export function checkTime({ milliseconds }: StageResult, budget: number, speed: number): void {
  assert.ok(milliseconds <= budget / speed + startingUp, `it took ${milliseconds} ms`);
}

/** Counts one fault as tried, and what it left alive when everything of ours had run: nothing may be. */
export function checkNothingAlive(alive: PatRecord[]): void {
  count('faults', 1);
  count('tokens left alive', alive.length);
  assert.deepEqual(alive, []);
}
