export type Severity = 'error' | 'warning' | 'note';

/** Something about an issuer that an administrator should know, or mend. */
export interface Finding {
  /** In kebab case; stays the same from version to version. */
  id: string;
  severity: Severity;
  about: 'connection' | 'app' | 'user' | 'tenant';
  what: string;
  remedy: string;
}

/** Gathers what is found about one part of an issuer. */
export class Findings {
  readonly all: Finding[] = [];
  /** What could not be read from here. */
  readonly unchecked: string[] = [];

  /** Notes a finding where the condition holds. */
  when(condition: boolean, finding: Finding): void {
    if (condition) this.all.push(finding);
  }

  /** Worst first. */
  sorted(): Finding[] {
    const order: Severity[] = ['error', 'warning', 'note'];
    return [...this.all].sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
  }
}
