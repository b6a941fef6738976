/** A pipeline, task or connection that this runner does not know, or that does not exist. Nothing has run yet. */
export class JobRefused extends Error {
  override readonly name = 'JobRefused';
}
