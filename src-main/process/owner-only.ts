/**
 * Who may read what is in a home folder: its owner. Images, names of classes and the window's drafts are nobody else's, and
 * a file that others can open is a lock that others can hold. Windows has no such modes, and ignores them.
 */
export const OWNER_ONLY = { folder: 0o700, file: 0o600 } as const;

/** For a process that writes in the home folder only: whatever it makes from now on is its owner's alone. */
export function writeForOwnerOnly(): void {
  process.umask(0o077);
}
