/** Lists of roles that are as they were before a change for some reads more: roles are consistent only in the end. */
export class StaleRoles {
  /** How many reads of a list after a change still answer what was before; default none. */
  reads = 0;
  readonly #old = new Map<string, { roles: Record<string, string>; left: number }>();

  /** Notes what a resource's roles are before they change. */
  remember(resource: string, roles: Record<string, string>): void {
    if (this.reads > 0) this.#old.set(resource, { roles: { ...roles }, left: this.reads });
  }

  read(resource: string, current: Record<string, string>): Record<string, string> {
    const old = this.#old.get(resource);
    if (!old || old.left === 0) return current;
    old.left -= 1;
    return old.roles;
  }
}
