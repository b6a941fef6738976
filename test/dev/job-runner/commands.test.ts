import assert from 'node:assert/strict';
import { escapeData, parseCommand } from '../../../dev/job-runner/commands/commands';

function parsed(line: string) {
  const command = parseCommand(line);
  return command && { ...command, properties: Object.fromEntries(command.properties) };
}

describe('parsing of logging commands', () => {
  it('finds a command anywhere in the line and drops what stands before it', () => {
    assert.deepEqual(parsed('noise ##vso[task.complete result=Failed;]it broke'), {
      area: 'task',
      event: 'complete',
      properties: { result: 'Failed' },
      data: 'it broke',
    });
  });

  it('ends the head at the first closing bracket', () => {
    assert.equal(parsed('##vso[task.debug]a]b')?.data, 'a]b');
    assert.deepEqual(parsed('##vso[task.setvariable variable=a]b;issecret=true]c'), {
      area: 'task',
      event: 'setvariable',
      properties: { variable: 'a' },
      data: 'b;issecret=true]c',
    });
  });

  it('takes property keys in any case, splits at the first equals sign and drops empty values', () => {
    assert.deepEqual(parsed('##vso[task.setvariable VARIABLE=a=b;isSecret=;=x;lonely]')?.properties, {
      variable: 'a=b',
    });
  });

  it('undoes escapes, the percent sign last', () => {
    assert.equal(parsed('##vso[task.debug]%3B %0D%0A %5D %AZP25 %AZP253B %25')?.data, '; \r\n ] % %3B %25');
    assert.equal(parsed('##vso[task.setvariable variable=a%3Bb%5D]')?.properties.variable, 'a;b]');
  });

  it('takes no other case, no other number of dots and no head without an end', () => {
    for (const line of ['##VSO[task.debug]x', '##vso[task]x', '##vso[a.b.c]x', '##vso[task.debug x', '##vso[]x']) {
      assert.equal(parseCommand(line), undefined, line);
    }
  });

  it('escapes data so that parsing gives it back', () => {
    const data = '100%;[a]\r\n%3B%AZP25';
    assert.equal(parsed(`##vso[task.debug]${escapeData(data)}`)?.data, data);
  });
});
