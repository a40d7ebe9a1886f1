/**
 * From what options name (paths, descriptors, text, functions) to what the core works with: streams and held
 * directories. Shared by all versions of WASI; gives no rights and no numbers.
 */
import type { Directory, Host, Stream } from './host.js';
import {
  bufferInput,
  FunctionInput,
  FunctionOutput,
  type InputFunction,
  type OutputFunction,
} from './streams.js';

/** A directory to hand to the guest: a path of the host, or a directory of any file system. */
export type Preopen = string | Directory | PreopenOptions;

/** A directory to hand to the guest, with what it may do there. */
export interface PreopenOptions {
  directory: string | Directory;
  /** Refuse every change below it with `EROFS`. Default: false. */
  readonly?: boolean;
}

/** Where standard input comes from: a host descriptor, the bytes or text, a function or a stream. */
export type InputSource = number | Uint8Array | string | InputFunction | Stream;

/** Where standard output goes: a host descriptor, a function or a stream. */
export type OutputSink = number | OutputFunction | Stream;

/** A file system of its own, apart from the host's. */
export interface FileSystem {
  /** The topmost directory. */
  readonly root: Directory;
  /** A directory of it. */
  directory(path: string): Directory;
}

/** A file that is only read. Where two names have the same object, they are hard links. */
export interface LowerFile {
  type: 'file';
  content: Uint8Array;
  /** Seconds since 1970. */
  mtime?: number;
}

/** A symbolic link that is only read. */
export interface LowerLink {
  type: 'link';
  target: string;
  mtime?: number;
}

/** A directory that is only read. */
export interface LowerDirectory {
  type: 'directory';
  entries: ReadonlyMap<string, LowerFile | LowerLink | LowerDirectory>;
  mtime?: number;
}

/** Files below a layer that can be written, and what of them the guest sees. */
export interface Overlay {
  files: LowerDirectory;
  /** By the guest's name, the path in `files`. Default: all of it as `/`. */
  preopens?: Readonly<Record<string, string>> | undefined;
  /**
   * A path in `files` that relative names are looked up in, before the root: WASI has no working directory, and
   * libraries take relative and absolute paths for the same. For the preopen of the root alone.
   */
  workingDirectory?: string | undefined;
}

/** A file system over files that are only read. */
export interface OverlaySystem extends FileSystem {
  /** The root, with a directory whose names come first. */
  workingDirectory(path: string): Directory;
}

/** A preopened directory, held. */
export interface OpenPreopen {
  /** The guest's name for it. */
  name: string;
  directory: Directory;
  readonly: boolean;
}

/** Whether a source is bytes, of whatever realm. */
const isBytes = (source: Uint8Array | Stream): source is Uint8Array => ArrayBuffer.isView(source);

/** Whether a preopen is an options object: a `Directory` has a method called `directory`. */
const isPlain = (preopen: Directory | PreopenOptions): preopen is PreopenOptions =>
  typeof preopen.directory !== 'function';

/** The stream that standard input comes from. */
export function inputStream(source: InputSource, host: Host): Stream {
  if (typeof source === 'number') return host.stream(source);
  if (typeof source === 'function') return new FunctionInput(source);
  if (typeof source === 'string' || isBytes(source)) return bufferInput(source);
  return source;
}

/** The stream that standard output goes to. */
export function outputStream(sink: OutputSink, host: Host): Stream {
  if (typeof sink === 'number') return host.stream(sink);
  return typeof sink === 'function' ? new FunctionOutput(sink) : sink;
}

/**
 * The directories of an overlay, by the guest's names; throws an `Error` for one that is not there.
 * @param make gives files that can be written above those
 */
export function lowerPreopens(
  overlay: Overlay | undefined,
  make: (files: LowerDirectory) => OverlaySystem,
): Record<string, Directory> {
  if (overlay === undefined) return {};
  const system = make(overlay.files);
  const preopens: Record<string, Directory> = {};
  for (const [name, path] of Object.entries(overlay.preopens ?? { '/': '/' })) {
    try {
      const working = path === '/' ? overlay.workingDirectory : undefined;
      preopens[name] =
        working === undefined ? system.directory(path) : system.workingDirectory(working);
    } catch (error) {
      throw new Error(`cannot preopen ${path} as ${name}: ${(error as Error).message}`);
    }
  }
  return preopens;
}

/**
 * Opens the directories for the guest, one after another.
 * @param preopens by the guest's names; without any, all of `files` is `/`
 * @param files where paths are looked up, in place of the host
 * @param lower directories by the guest's names, which `preopens` may take the place of
 * @param take gets each as soon as it is held (no generator: tools that lower to ES5 take those for arrays)
 * Throws an `Error` that says which one cannot be had.
 */
export function openPreopens(
  preopens: Readonly<Record<string, Preopen>> | undefined,
  files: FileSystem | undefined,
  host: Host,
  lower: Readonly<Record<string, Directory>>,
  take: (preopen: OpenPreopen) => void,
): void {
  const wanted: Readonly<Record<string, Preopen>> = {
    ...lower,
    ...(preopens ?? (files ? { '/': files.root } : {})),
  };
  for (const [name, preopen] of Object.entries(wanted)) {
    const simple = typeof preopen === 'string' || !('directory' in preopen && isPlain(preopen));
    const { directory, readonly = false } = simple
      ? { directory: preopen as string | Directory }
      : (preopen as PreopenOptions);
    let held: Directory;
    try {
      const found =
        typeof directory === 'string' ? (files ?? host).directory(directory) : directory;
      held = found.hold();
    } catch (error) {
      const what = typeof directory === 'string' ? `${directory} as ${name}` : name;
      throw new Error(`cannot preopen ${what}: ${(error as Error).message}`);
    }
    take({ name, directory: held, readonly });
  }
}
