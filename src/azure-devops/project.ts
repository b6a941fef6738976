import type { Organization } from './organization';

/** A project of an organization. */
export interface Project {
  organization: Organization;
  /** Its name or its id: the service takes either. */
  id: string;
  /** For messages: `the project "Fabrikam"`. */
  title: string;
}
