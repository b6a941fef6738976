import type { Organization } from './organization';

/** A project of an organization. */
export interface Project {
  organization: Organization;
  /** Its name or its id: the service takes either. */
  id: string;
  /** For messages: `the project "Fabrikam"`. */
  title: string;
}

/** What reading a project's deployment groups and reading its environments have in common: both APIs are previews. */
export const targetApi = {
  version: '7.1-preview.1',
  refused: { 403: 'target-not-found', 404: 'target-not-found' },
} as const;
