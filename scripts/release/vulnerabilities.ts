/** Google's Open Source Vulnerabilities, which gathers GitHub's advisories too. */
export const publicDatabase = 'https://api.osv.dev';

const timeoutMilliseconds = 30_000;

/** A library in a bill of materials. */
export interface Component {
  /** Its package URL, with a version: pkg:npm/semver@5.7.2. */
  purl: string;
}

export interface Vulnerability {
  purl: string;
  /** As the database names it: GHSA-…. */
  id: string;
}

interface Answer {
  results: { vulns?: { id: string }[]; next_page_token?: string }[];
}

/**
 * The vulnerabilities of libraries that a database knows, by its `POST /v1/querybatch`.
 * @throws Error with a sentence where it cannot be reached, or does not answer for every library.
 */
export async function vulnerabilitiesOf(components: Component[], database: string): Promise<Vulnerability[]> {
  const { host } = new URL(database);
  const queries = components.map(({ purl }) => ({ package: { purl } }));
  const response = await fetch(new URL('/v1/querybatch', database), {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ queries }),
    signal: AbortSignal.timeout(timeoutMilliseconds),
  }).catch((error: Error) => {
    const cause = (error.cause as NodeJS.ErrnoException | undefined)?.code ?? error.message;
    throw new Error(`${host} cannot be asked: ${cause}.`);
  });
  if (!response.ok) throw new Error(`${host} answered ${response.status}.`);
  const { results } = (await response.json().catch(() => ({}))) as Partial<Answer>;
  if (!Array.isArray(results) || results.length !== components.length || results.some((one) => one.next_page_token)) {
    throw new Error(`${host} did not answer for each of the ${components.length} libraries.`);
  }
  return results.flatMap(({ vulns = [] }, index) =>
    vulns.map(({ id }) => ({ purl: components[index]?.purl ?? '', id })),
  );
}
