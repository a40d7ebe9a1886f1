import type { OpenFile, Stat } from '../core/host.js';
import type { Disk } from './disk.js';
import { sys } from './errors.js';
import { toStat } from './stat.js';

/** Most bytes moved by one system call. */
const CHUNK = 0x7ffff000;

/** Buffers of at most {@link CHUNK} bytes each, as the host's calls demand. */
function clipped(buffers: Uint8Array[]): Uint8Array[] {
  return buffers.map((b) => (b.length > CHUNK ? b.subarray(0, CHUNK) : b));
}

/** An open file on disk. */
export class NodeFile implements OpenFile {
  private readonly disk: Disk;
  private readonly fd: number;

  /** @param fd the host's descriptor, which {@link close} closes */
  constructor(disk: Disk, fd: number) {
    this.disk = disk;
    this.fd = fd;
  }

  stat(): Stat {
    const { fs, times } = this.disk;
    return sys(() => times.restore(toStat(fs.fstatSync(this.fd, { bigint: true }))));
  }

  read(buffers: Uint8Array[], position: number | null): number {
    const { fs } = this.disk;
    return sys(() => fs.readvSync(this.fd, clipped(buffers), position ?? undefined));
  }

  write(buffers: Uint8Array[], position: number | null): number {
    const { fs } = this.disk;
    return sys(() => fs.writevSync(this.fd, clipped(buffers), position ?? undefined));
  }

  truncate(size: number): void {
    sys(() => this.disk.fs.ftruncateSync(this.fd, size));
  }

  setTimes(atim: bigint | undefined, mtim: bigint | undefined): void {
    const { fs, times } = this.disk;
    const read = () => toStat(fs.fstatSync(this.fd, { bigint: true }));
    sys(() => times.set(read, atim, mtim, (a, m) => fs.futimesSync(this.fd, a, m)));
  }

  sync(): void {
    sys(() => this.disk.fs.fsyncSync(this.fd));
  }

  close(): void {
    sys(() => this.disk.fs.closeSync(this.fd));
  }
}
