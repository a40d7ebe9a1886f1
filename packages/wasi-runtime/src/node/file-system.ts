import type { Directory } from '../core/host.js';
import { Disk } from './disk.js';
import { sys } from './errors.js';
import { hasPlaces, openDirectory } from './open-directory.js';
import { PathDirectory } from './path-directory.js';

/** The host's file system. */
export class NodeFileSystem {
  private readonly disk = new Disk();
  /** Whether directories are held by descriptors; asked of the host on first need. */
  private places: boolean | undefined;

  /** @param places `false` has directories known by their paths even where there is better */
  constructor(places?: false) {
    this.places = places;
  }

  /** The directory at a host path, links in the path itself followed once and for all. */
  directory(path: string): Directory {
    const { disk } = this;
    return sys(() => {
      this.places ??= hasPlaces(disk.fs);
      const open = this.places ? openDirectory(disk, path) : undefined;
      if (open) return open;
      const real = disk.fs.realpathSync.native(path).replace(/[\\/]+$/, '');
      return new PathDirectory(disk, real, new PathDirectory(disk, real).stat());
    });
  }
}
