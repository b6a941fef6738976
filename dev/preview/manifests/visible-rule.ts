/** What decides whether a form shows a field: any of several alternatives, each of conditions that must all hold. */
export type VisibleRule = Condition[][];

interface Condition {
  /** The input whose value counts. */
  input: string;
  equals: boolean;
  value: string;
}

/**
 * Parses the `visibleRule` of a task's input or group: `a = x`, `a == x` and `a != x`, joined by `&&` and `||`, of which
 * `&&` binds closer. A value that is empty or contains spaces stands in double quotation marks.
 * @throws for anything else: a form that guessed would show another form than the platform does.
 */
export function parseVisibleRule(text: string): VisibleRule {
  return text.split('||').map((alternative) => alternative.split('&&').map((part) => parseCondition(part, text)));
}

function parseCondition(part: string, rule: string): Condition {
  const [, input = '', operator = '', quoted, bare = ''] =
    /^\s*([A-Za-z][A-Za-z0-9]*)\s*(==?|!=)\s*(?:"([^"]*)"|([^\s"()=!&|<>]+))\s*$/.exec(part) ?? [];
  if (input === '') {
    throw new Error(
      `The visibleRule "${rule}" has the part "${part.trim()}", which is none of "a = x", "a == x" and "a != x".`,
    );
  }
  return { input, equals: operator !== '!=', value: quoted ?? bare };
}

/**
 * Whether a rule holds. An input that has no value counts as empty.
 * @param values what is filled in, by the name of the input.
 */
export function holds(rule: VisibleRule, values: Readonly<Record<string, string>>): boolean {
  return rule.some((conditions) =>
    conditions.every(({ input, equals, value }) => ((values[input] ?? '') === value) === equals),
  );
}

/** The inputs that a rule asks about. */
export function inputsOf(rule: VisibleRule): string[] {
  return [...new Set(rule.flat().map(({ input }) => input))];
}
