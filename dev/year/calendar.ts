/** What happens to the renewals of some days. */
export type Trouble =
  | 'the writer has lost its role'
  | 'Entra refuses the sign-in'
  | 'the machine dies before the write'
  | 'the machine dies after the write';

/** Days of each hundred on which a renewal that is due meets trouble; weekly renewals fall into each of these spans. */
const troubles: Record<Trouble, [from: number, to: number]> = {
  'the writer has lost its role': [14, 20],
  'Entra refuses the sign-in': [28, 41],
  'the machine dies before the write': [49, 50],
  'the machine dies after the write': [58, 59],
};

export function troubleOn(day: number): Trouble | undefined {
  const entries = Object.entries(troubles) as [Trouble, [number, number]][];
  return entries.find(([, [from, to]]) => day % 100 >= from && day % 100 <= to)?.[0];
}

/** Every fourth job is abandoned: its machine dies before its post-job, and only the sweep can revoke its token. */
export function machineDies(job: number): boolean {
  return job % 4 === 2;
}
