import assert from 'node:assert/strict';
import { parseExpression } from '../../../dev/job-runner/expressions/expression';
import type { ExpressionState } from '../../../dev/job-runner/expressions/functions';
import { ExpressionProblem, type Value } from '../../../dev/job-runner/expressions/values';
import type { JobOutcome } from '../../../dev/job-runner/results';

const values: Record<string, string> = { 'register.agents': 'one,two', Empty: '', five: '5' };

function evaluated(text: string, status: JobOutcome = 'Succeeded'): Value {
  const state: ExpressionState = { status, variable: (name) => values[name] };
  return parseExpression(text)(state);
}

/** Each row: what is evaluated, and what it is. From the documentation of expressions, its table of casts above all. */
const table: [string, [string, Value][]][] = [
  [
    'literals',
    [
      ["'a b c'", 'a b c'],
      ["'It''s OK'", "It's OK"],
      ["''", ''],
      [' TRUE ', true],
      ['False', false],
      ['-1.2', -1.2],
      ['.5', 0.5],
      ["eq(1.2.3.4, '1.2.3.4')", true],
    ],
  ],
  [
    'variables',
    [
      ["variables['register.agents']", 'one,two'],
      ["Variables [ 'five' ]", '5'],
      ['variables.five', '5'],
      ["variables['none']", null],
    ],
  ],
  [
    'logic',
    [
      ['and(true, 1, 1.2.3)', true],
      ["and(true, '')", false],
      ["and(false, gt(1, 'not a number'))", false],
      ['or(false, 0, variables.none)', false],
      ["or(true, gt(1, 'not a number'))", true],
      ["or(false, 'false')", true],
      ['xor(true, false)', true],
      ['xor(true, true)', false],
      ['not(eq(1, 2))', true],
      ["iif(true, 'yes', gt(1, 'x'))", 'yes'],
      ["iif('', 'yes', 'no')", 'no'],
      ["coalesce(variables.none, variables.Empty, 'c', 'd')", 'c'],
      ['coalesce(variables.none, variables.Empty)', null],
    ],
  ],
  [
    'equality, where the right value is cast to the type of the left one',
    [
      ["eq('insensITIVE', 'INSENSitive')", true],
      ["eq('a', 'b')", false],
      ['eq(true, 2)', true],
      ["eq(false, '')", true],
      ["eq(true, ' ')", true],
      ['eq(false, variables.none)', true],
      ["eq('TRue', true)", true],
      ["eq('123456.789', 123456.789)", true],
      ["eq('2', 2.0)", true],
      ["eq('1.2.3', 1.2.3)", true],
      ['eq(1, true)', true],
      ["eq(0, '')", true],
      ['eq(0, variables.none)', true],
      ["eq(-123456.789, ' -123,456.7890 ')", true],
      ["eq(0, 'not a number')", false],
      ["eq(1, '1,0.5,0')", false],
      ['eq(1.2, 1.2.0)', false],
      ['eq(1.2.3, 1.2.3.0)', false],
      ["eq(1.2.0, ' 1.2.0 ')", true],
      ['eq(1.2.3, true)', false],
      ["eq(1.2.3, '1.2.99999999999')", false],
      ["eq(variables.none, '')", true],
      ["eq(variables.none, 'a')", false],
      ['eq(variables.none, 0)', false],
      ["eq('', variables.none)", true],
      ["ne(variables['register.agents'], '')", true],
      ["ne(variables['none'], '')", false],
      ["ne(1, 'not a number')", true],
      ["eq(split('a', ','), 'a')", false],
      ["in('B', 'A', 'b', gt(1, 'x'))", true],
      ["in('D', 'A', 'B')", false],
      ["in('D')", false],
      ["notIn('D', 'A', 'B')", true],
      ["notIn(5, 'x', '5')", false],
    ],
  ],
  [
    'order',
    [
      ['lt(2, 5)', true],
      ['le(2, 2)', true],
      ['gt(5, 2)', true],
      ['ge(5, 5)', true],
      ['gt(true, false)', true],
      ["gt('DEF', 'abc')", true],
      ["lt('a', 'ab')", true],
      ["gt(variables.five, '10')", true],
      ["lt(5, '10')", true],
      ['lt(variables.none, 1)', true],
      ['gt(1.10.0, 1.9.0)', true],
      ['lt(1.2.3, 1.2.3.0)', true],
      ["gt(2.0.0, '1.5')", true],
    ],
  ],
  [
    'texts',
    [
      ["contains('ABCDE', 'bcd')", true],
      ['contains(1.2.3.4, 2.3)', true],
      ["startsWith('ABCDE', 'ab')", true],
      ["startsWith('ABCDE', 'DE')", false],
      ["endsWith('ABCDE', 'DE')", true],
      ["endsWith(true, 'UE')", true],
      ["containsValue(split('a,b', ','), 'B')", true],
      ["containsValue(split('1,2', ','), 2)", true],
      ["containsValue('ab', 'ab')", false],
      ["join(';', split('a,b', ','))", 'a;b'],
      ["join(';', 12)", '12'],
      ["length('fabrikam')", 8],
      ["length(split('a,,b,', ','))", 4],
      ["lower('FOO')", 'foo'],
      ["upper('bah')", 'BAH'],
      ["trim('  a b ')", 'a b'],
      ["replace('a-b-c', '-', '')", 'abc'],
      ["split('a,b;c', ',;')[2]", 'c'],
      ["split('a', ',')[1]", null],
      ["format('{1} {{0}} {0}', true, 'b')", 'b {0} True'],
    ],
  ],
];

describe('expressions of the job runner', () => {
  for (const [what, rows] of table) {
    it(`evaluate ${what}`, () => {
      assert.deepEqual(
        rows.map(([text]) => [text, evaluated(text)]),
        rows,
      );
    });
  }

  it('evaluate the status functions for each status of the job', () => {
    const holding = (status: JobOutcome) =>
      ['always', 'Succeeded', 'failed', 'succeededOrFailed', 'canceled'].filter(
        (name) => evaluated(`${name}( )`, status) === true,
      );
    assert.deepEqual(holding('Succeeded'), ['always', 'Succeeded', 'succeededOrFailed']);
    assert.deepEqual(holding('SucceededWithIssues'), ['always', 'Succeeded', 'succeededOrFailed']);
    assert.deepEqual(holding('Failed'), ['always', 'failed', 'succeededOrFailed']);
    assert.deepEqual(holding('Canceled'), ['always', 'canceled']);
  });

  const unknown: [string, RegExp][] = [
    ['', /at character 1, A value is expected/],
    ["counter('a', 1)", /no function 'counter'/],
    ["convertToJson('a')", /no function 'convertToJson'/],
    ["toString('a')", /no function 'toString'/],
    ['null', /'null' is neither a function nor 'variables'/],
    ["dependencies.a.outputs['b.c']", /'dependencies' is neither/],
    ['variables', /'\[' is expected/],
    ["variables[lower('A')]", /a name in quotes/],
    ['variables.a.b', /'\.b' is left over/],
    ["and(true, eq('a'))", /eq\(\) takes 2 parameters, not 1/],
    ['and(true)', /and\(\) takes at least 2 parameters, not 1/],
    ["succeeded('build')", /succeeded\(\) takes 0 parameters, not 1/],
    ["eq('a', 'b'", /',' or '\)' is expected, not ''/],
    ["eq('a' 'b')", /at character 7, ',' or '\)' is expected, not ''b'\)'/],
    ['eq(a, 1)', /at character 5, 'a' is neither/],
    ["eq('a, 1)", /A value is expected, not ''a, 1\)'/],
    ['eq($(a), 1)', /A value is expected, not '\$\(a\), 1\)'/],
    ['true false', /'false' is left over/],
    ['1.2.3.4.5', /'1\.2\.3\.4\.5' is neither/],
    ['1234567890123456', /less than 16 characters/],
    ["format('{0:yyyyMMdd}', 'a')", /see the brace in '\{'/],
    ["format('{1}', 'a')", /see the brace in '\{1\}'/],
  ];
  for (const [text, problem] of unknown) {
    it(`refuse ${text || 'nothing'} before anything is evaluated`, () => {
      assert.throws(
        () => parseExpression(text),
        (error) => error instanceof ExpressionProblem && problem.test(error.message),
      );
    });
  }

  for (const text of [
    "gt(1, 'not a number')",
    'lt(1.2, 1.2.0)',
    "ge(1.2.3, 'x')",
    "lower(split('a', ','))",
    "split('a', '')",
  ]) {
    it(`fail where ${text} has no value`, () => {
      const expression = parseExpression(text);
      assert.throws(() => expression({ status: 'Succeeded', variable: () => undefined }), ExpressionProblem);
    });
  }
});
