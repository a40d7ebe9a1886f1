import { allowListOf } from '../functions/extension.js';
import type { AllowList, NetworkOptions } from './allow-list.js';
import { type Context, DEFAULT_LIMITS, type Limits, type Shared } from './context.js';
import { type Descriptor, DescriptorTable } from './descriptors.js';
import { WasiExit } from './errno.js';
import { type ImportedFunction, importedFunctions, NotStartedError } from './functions.js';
import { GuestMemory, type MemoryLike } from './guest-memory.js';
import type { Host, Listener, Stream } from './host.js';
import { type Layout, PREVIEW1, UNSTABLE } from './layout.js';
import {
  type FileSystem,
  type InputSource,
  inputStream,
  type LowerDirectory,
  lowerPreopens,
  type OutputSink,
  type Overlay,
  type OverlaySystem,
  openPreopens,
  outputStream,
  type Preopen,
} from './sources.js';
import {
  FILETYPE,
  RIGHTS,
  RIGHTS_DIRECTORY,
  RIGHTS_FILE,
  RIGHTS_LISTENER,
  RIGHTS_SOCKET,
  RIGHTS_STREAM,
} from './types.js';
import { encodeUtf8 } from './utf8.js';
import { terminated, type Variables, variableBytes } from './variables.js';
import { type Waiter, waitingElsewhere, waitingHere } from './waiting.js';

/** Options of {@link WASI}; those of `node:wasi` mean the same. */
export interface WASIOptions {
  /** `'preview1'` or `'unstable'`: which module `getImportObject` holds; without it, both. */
  version?: 'preview1' | 'unstable' | undefined;
  /** Arguments, the first being the program's name. Default: none. */
  args?: readonly string[] | undefined;
  /** Environment; bytes stay as they are until the guest ends. Default: empty. */
  env?: Variables | undefined;
  /** The guest's names of directories, and what they stand for. */
  preopens?: Readonly<Record<string, Preopen>> | undefined;
  /** Listening sockets, each an address `host:port`; they get the descriptors from 3 on. */
  listeners?: readonly (string | Listener)[] | undefined;
  /** What sockets that the guest makes may reach. Default: nothing. */
  network?: NetworkOptions | undefined;
  /** Default: the host's descriptor 0. */
  stdin?: InputSource | undefined;
  /** Default: the host's descriptor 1. */
  stdout?: OutputSink | undefined;
  /** Default: the host's descriptor 2. */
  stderr?: OutputSink | undefined;
  /** `proc_exit` makes `start` return the exit status (default), or ends the host's process. */
  returnOnExit?: boolean | undefined;
  /**
   * Files in memory, in place of the host's: a tree of them, or a `MemoryFileSystem`. Paths in
   * `preopens` are looked up in it; without `preopens` all of it is preopened as `/`.
   */
  files?: Tree | FileSystem | undefined;
  /**
   * Files that stay as they are, below a layer in memory that takes what the guest changes; preopened besides
   * `preopens`, which replace those of the same name.
   */
  overlay?: Overlay | undefined;
  /** Source of random bytes. Default: the host's; `ENOSYS` for the guest where it has none. */
  random?: ((buffer: Uint8Array) => void) | undefined;
  /** Bounds for the guest. */
  limits?: Partial<Limits> | undefined;
  /** What stands behind everything else. */
  host?: Host | undefined;
}

/** Content of a file system: text or bytes are files, objects are directories. */
export interface Tree {
  [path: string]: string | Uint8Array | Tree;
}

/** What a public class of the runtime brings: everything it knows of the world. */
export interface Surroundings {
  /** The host, where the options name none. */
  host(): Host;
  /** Makes a file system of the option `files`. */
  files(tree: Tree | FileSystem): FileSystem;
  /** Makes a file system over files that are only read. */
  overlay(lower: LowerDirectory): OverlaySystem;
}

/** The context of one version; the memory is known only once the guest has been started. */
class VersionContext implements Context {
  readonly descriptors: DescriptorTable;
  readonly host: Host;
  readonly limits: Limits;
  readonly allowed: AllowList;
  readonly random: (buffer: Uint8Array) => void;
  readonly args: Uint8Array[];
  readonly env: Uint8Array[];
  readonly layout: Layout;
  readonly waiter: Waiter;
  private readonly guest: () => GuestMemory;

  /** @param guest gives the guest's memory; throws before it has been started */
  constructor(shared: Shared, layout: Layout, guest: () => GuestMemory, waiter: Waiter) {
    this.descriptors = shared.descriptors;
    this.host = shared.host;
    this.limits = shared.limits;
    this.allowed = shared.allowed;
    this.random = shared.random;
    this.args = shared.args;
    this.env = shared.env;
    this.layout = layout;
    this.waiter = waiter;
    this.guest = guest;
  }

  get memory(): GuestMemory {
    return this.guest();
  }
}

/** Where an import object has the system that it is of. */
const OWNER = Symbol('owner');

/** An import object of both versions, as the accessors below see it. */
interface BothVersions {
  [OWNER]: WASIBase;
}

/**
 * `wasi_unstable` of an import object: made for those who want it, since hardly anyone does, and a program may be as
 * short as this takes. One accessor for all objects: each that had its own would make a shape of its own in V8, which
 * keeps what the accessor sees, and so the whole guest, until the next full collection.
 */
const LAZY_UNSTABLE: PropertyDescriptor & ThisType<BothVersions> = {
  get() {
    return this[OWNER].unstableImport();
  },
  set(functions: Record<string, ImportedFunction>) {
    Object.defineProperty(this, 'wasi_unstable', { value: functions, writable: true });
  },
  enumerable: true,
  configurable: true,
};

/** What `start` and `initialize` need of an instance, the engine's own or a compiled one. */
export interface InstanceLike {
  readonly exports: Readonly<Record<string, unknown>>;
}

/** Whether `value` is a memory, or stands for one. */
function isMemory(value: unknown): value is MemoryLike {
  return typeof value === 'object' && value !== null && 'buffer' in value;
}

/** A WASI system for one guest. The public classes differ only in the host they choose. */
export class WASIBase {
  /** The functions of `wasi_snapshot_preview1` (of `wasi_unstable` if that is the version). */
  readonly wasiImport: Record<string, ImportedFunction>;
  private readonly version: 'preview1' | 'unstable' | undefined;
  private readonly contexts: Record<string, Context>;
  private readonly makeContexts: (waiter: Waiter) => Record<string, Context>;
  private readonly descriptors: DescriptorTable;
  private readonly host: Host;
  private readonly files: FileSystem | undefined;
  private readonly returnOnExit: boolean;
  private memory: GuestMemory | undefined;
  private started = false;
  private unstable: Record<string, ImportedFunction> | undefined;

  /**
   * @param options what the guest gets
   * @param around what the options leave to the public class
   * Throws `TypeError` for options that make no sense, and what the host throws for preopens.
   */
  constructor(options: WASIOptions, around: Surroundings) {
    const { version } = options;
    if (version !== undefined && version !== 'preview1' && version !== 'unstable') {
      throw new TypeError(`unsupported WASI version ${String(version)}`);
    }
    this.version = version;
    this.host = options.host ?? around.host();
    this.files = options.files === undefined ? undefined : around.files(options.files);
    this.returnOnExit = options.returnOnExit ?? true;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.descriptors = new DescriptorTable(limits.openFiles);
    const { host } = this;
    const shared: Shared = {
      descriptors: this.descriptors,
      host,
      limits,
      allowed: allowListOf(options.network ?? {}, host),
      random: options.random ?? ((buffer) => host.random(buffer)),
      args: terminated(options.args ?? []),
      env: variableBytes(options.env ?? {}),
    };
    const memory = (): GuestMemory => {
      if (!this.memory) throw new NotStartedError();
      return this.memory;
    };
    this.makeContexts = (waiter) => ({
      wasi_snapshot_preview1: new VersionContext(shared, PREVIEW1, memory, waiter),
      wasi_unstable: new VersionContext(shared, UNSTABLE, memory, waiter),
    });
    this.contexts = this.makeContexts(waitingHere(host));
    try {
      this.open(options, around);
    } catch (error) {
      this.descriptors.closeAll();
      throw error;
    }
    this.wasiImport = this.functions(
      version === 'unstable' ? 'wasi_unstable' : 'wasi_snapshot_preview1',
    );
  }

  /** The import object for the module: of the chosen version, or of both. */
  getImportObject(): Record<string, Record<string, ImportedFunction>> {
    if (this.version === 'unstable') return { wasi_unstable: this.wasiImport };
    if (this.version) return { wasi_snapshot_preview1: this.wasiImport };
    const imports = { wasi_snapshot_preview1: this.wasiImport };
    Object.defineProperty(imports, OWNER, { value: this });
    return Object.defineProperty(imports, 'wasi_unstable', LAZY_UNSTABLE);
  }

  /**
   * Runs a command: calls its `_start` once. Returns the exit status, 0 when it just returns; with
   * `returnOnExit` false, `proc_exit` ends the host's process instead. Traps of the guest pass through.
   */
  start(instance: InstanceLike): number {
    const { _start, _initialize } = instance.exports;
    if (typeof _start !== 'function') throw new TypeError('the instance has no _start function');
    if (_initialize !== undefined) throw new TypeError('a command must not export _initialize');
    this.finalizeBindings(instance);
    let exit: WasiExit | undefined;
    try {
      _start();
    } catch (error) {
      if (!(error instanceof WasiExit)) throw error;
      exit = error;
    } finally {
      this.close();
    }
    if (exit && !this.returnOnExit) this.host.exit?.(exit.code);
    return exit ? exit.code : 0;
  }

  /** Prepares a reactor: calls its `_initialize`, if it has one, once. */
  initialize(instance: InstanceLike): void {
    const { _start, _initialize } = instance.exports;
    if (_start !== undefined) throw new TypeError('a reactor must not export _start');
    if (_initialize !== undefined && typeof _initialize !== 'function') {
      throw new TypeError('_initialize is no function');
    }
    this.finalizeBindings(instance);
    _initialize?.();
  }

  /**
   * Tells where the guest's memory is, for a guest that is neither started nor initialized by this.
   * @param options.memory the memory, where it is not the export `memory`
   */
  finalizeBindings(instance: InstanceLike, options?: { memory?: MemoryLike | undefined }): void {
    if (this.started) throw new Error('this WASI instance has already been started');
    const memory = options?.memory ?? instance.exports['memory'];
    if (!isMemory(memory)) throw new TypeError('the instance exports no memory called "memory"');
    this.memory = new GuestMemory(memory);
    this.started = true;
  }

  /**
   * The import object for one thread of a guest of several threads (wasi-threads), whose calls are all
   * made here. Where a call would have to wait it throws an object with a property `wait` instead, a
   * number: the call is to be made again, with the same arguments, after so many milliseconds.
   * `proc_exit` throws a `WasiExit`, which ends all threads. `finalizeBindings` comes first.
   */
  threadImports(): Record<string, Record<string, ImportedFunction>> {
    const contexts = this.makeContexts(waitingElsewhere());
    return Object.fromEntries(
      Object.entries(contexts).map(([module, context]) => [module, importedFunctions(context)]),
    );
  }

  /** The functions of `wasi_unstable`, made once. For import objects of both versions. */
  unstableImport(): Record<string, ImportedFunction> {
    this.unstable ??= this.functions('wasi_unstable');
    return this.unstable;
  }

  /** Closes every descriptor of the guest and lets the host write out what is pending. */
  close(): void {
    this.descriptors.closeAll();
    this.host.finish();
  }

  /** The functions over the context of one module. */
  private functions(module: string): Record<string, ImportedFunction> {
    return importedFunctions(this.contexts[module]!);
  }

  /** Fills the descriptor table: standard streams, listeners, preopens. */
  private open(options: WASIOptions, around: Surroundings): void {
    this.addStream(inputStream(options.stdin ?? 0, this.host), RIGHTS.FD_READ);
    this.addStream(outputStream(options.stdout ?? 1, this.host), RIGHTS.FD_WRITE);
    this.addStream(outputStream(options.stderr ?? 2, this.host), RIGHTS.FD_WRITE);
    for (const listener of options.listeners ?? []) {
      this.add({
        kind: 'listener',
        filetype: FILETYPE.SOCKET_STREAM,
        base: RIGHTS_LISTENER,
        inheriting: RIGHTS_SOCKET,
        flags: 0,
        listener: typeof listener === 'string' ? this.host.listen(listener) : listener,
      });
    }
    const lower = lowerPreopens(options.overlay, (files) => around.overlay(files));
    openPreopens(options.preopens, this.files, this.host, lower, (preopen) => {
      this.add({
        kind: 'directory',
        filetype: FILETYPE.DIRECTORY,
        base: RIGHTS_DIRECTORY,
        inheriting: RIGHTS_DIRECTORY | RIGHTS_FILE,
        flags: 0,
        directory: preopen.directory,
        preopen: encodeUtf8(preopen.name),
        readonly: preopen.readonly,
        listing: undefined,
      });
    });
  }

  /** Adds a descriptor of the host's. */
  private add(descriptor: Descriptor): void {
    this.descriptors.add(descriptor);
  }

  /** Adds a standard stream. */
  private addStream(stream: Stream, right: number): void {
    const base = RIGHTS_STREAM | right;
    this.add({ kind: 'stream', filetype: stream.filetype, base, inheriting: 0, flags: 0, stream });
  }
}
