/** A directory that is held by its path: `undefined` once it has been removed. */
export interface HeldPath {
  path: string | undefined;
}

/** Those that are held, of all guests and hosts, so that each follows the others' renames. */
const held = new Set<HeldPath>();

/** Has `directory` follow renames. */
export function holdPath(directory: HeldPath): void {
  held.add(directory);
}

/** Ends {@link holdPath}. */
export function dropPath(directory: HeldPath): void {
  held.delete(directory);
}

/** A directory is gone; what held it holds nothing now. */
export function pathRemoved(path: string): void {
  for (const directory of held) if (directory.path === path) directory.path = undefined;
}

/** Follows a rename, so that held directories stay the same ones. */
export function pathMoved(from: string, to: string): void {
  if (from === to) return;
  pathRemoved(to);
  for (const directory of held) {
    const { path } = directory;
    if (path === from) directory.path = to;
    else if (path?.startsWith(`${from}/`)) directory.path = to + path.slice(from.length);
  }
}
