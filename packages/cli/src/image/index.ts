/** The command `image`: a module in, an image out, as a layout, an archive, or in a registry. */

import { basename } from 'node:path';
import { isCommand } from '@wasm2js/codegen';
import {
  createImage,
  ImageError,
  type ImageLimits,
  isLayoutTag,
  parseRegistryReference,
  pushImage,
  type RegistryReference,
  writeLayout,
} from '@wasm2js/oci';
import { type CodeChoice, codeOptions, compileSource, type Source } from '../compile.js';
import { CliError, imageProblem, UsageError } from '../errors.js';
import { isComponent } from '../foreign.js';
import { checkDistinct } from '../identity.js';
import { isReference, readInput, toAnyBinary } from '../input.js';
import { noCommand } from '../needs.js';
import type { Progress } from '../progress.js';

/** What an image is made of, and where it goes. */
export interface ImageOptions extends CodeChoice {
  input: string;
  /** A folder, or a tar archive where it ends in `.tar`; left out, the image is pushed alone. */
  output?: string | undefined;
  base?: string | undefined;
  /** By which the layout knows it. Default: that of `push`, else `latest`. */
  tag?: string | undefined;
  /** A reference to a registry, with or without `docker://`. */
  push?: string | undefined;
  platforms?: readonly string[] | undefined;
  node?: string | undefined;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Arguments where whoever runs the image gives none. */
  args?: string[] | undefined;
  imageLimits?: Partial<ImageLimits> | undefined;
  progress: Progress;
}

/** What was made: lines for standard output, and sentences for a person. */
export interface ImageResult {
  lines: string[];
  notes: string[];
}

/** The time that all is said to be of (reproducible-builds.org, "SOURCE_DATE_EPOCH"). */
const sourceDate = (): number => {
  const text = process.env['SOURCE_DATE_EPOCH'] ?? '';
  if (text === '') return 0;
  if (!/^\d{1,12}$/.test(text))
    throw new UsageError(`SOURCE_DATE_EPOCH is a number of seconds, not "${text}"`);
  return Number(text);
};

/** A name for files in the image. */
const programName = (path: string): string =>
  basename(path)
    .replace(/\.(wasm|wat|tar|oci)$/i, '')
    .replace(/[^A-Za-z0-9._-]/g, '-')
    .replace(/^[.-]+/, '') || 'app';

const registryReference = (push: string): RegistryReference =>
  parseRegistryReference(push.replace(/^docker:\/\//, ''));

/** Compiles a command, module or component; fails for what is none. */
const compileCommand = async (
  { optimize, progress, ...options }: ImageOptions,
  bytes: Uint8Array,
  name: string,
  sourceName: string,
): Promise<{ chunks: readonly string[]; wasm: Uint8Array }> => {
  const how = { format: 'cjs', data: 'inline', ...codeOptions(options), sourceName } as const;
  const source: Source = { bytes, name, optimize, wasi: 'auto', progress };
  const binary = await toAnyBinary(bytes, name);
  if (isComponent(binary)) {
    const { compileComponent } = await import('../component.js');
    const { chunks, command } = await compileComponent({ ...source, bytes: binary }, how);
    if (!command) throw new CliError(`${name}: this component does not export wasi:cli/run`);
    return { chunks, wasm: binary };
  }
  const { chunks, module, wasm } = await compileSource(source, how);
  if (!isCommand(module)) throw new CliError(`${name}: ${noCommand(module)}`);
  return { chunks, wasm };
};

const makeImage = async (options: ImageOptions): Promise<ImageResult> => {
  const { output, push, progress } = options;
  if (output === undefined && push === undefined)
    throw new UsageError('image needs -o OUT, --push REFERENCE, or both');
  if (output === '-')
    throw new UsageError('an image is a folder or an archive, and not written to standard output');
  const created = sourceDate();
  const reference = push === undefined ? undefined : registryReference(push);
  const tag = options.tag ?? reference?.tag ?? 'latest';
  if (!isLayoutTag(tag)) throw new UsageError(`"${tag}" is no tag`);
  if (output !== undefined)
    await checkDistinct(
      [options.input, options.base ?? ''].filter((path) => path !== '' && !isReference(path)),
      [output],
    );

  progress.phase('reading');
  const source = await readInput(options.input, { imageLimits: options.imageLimits });
  const { bytes, name, image: program } = source;
  const called = programName(program?.path ?? name);
  const { chunks, wasm } = await compileCommand(options, bytes, name, called);

  progress.phase('packing');
  const { image, base, close } = await createImage({
    module: wasm,
    script: Buffer.from(chunks.join('')),
    name: called,
    args: options.args,
    program,
    base: options.base,
    platforms: options.platforms,
    node: options.node,
    labels: options.labels,
    annotations: options.annotations,
    created,
    limits: options.imageLimits,
  });
  const { digest } = image.index.descriptor;
  const lines: string[] = [];
  try {
    if (output !== undefined) {
      progress.phase('writing');
      await writeLayout(image, output, tag, created);
      lines.push(`${output}: ${digest} for ${image.platforms.join(', ')}\n`);
    }
    if (reference !== undefined) {
      progress.phase('pushing');
      const {
        name: pushed,
        sent,
        present,
      } = await pushImage(image, reference, {
        from: base?.host === reference.host ? [base.repository] : [],
        progress: (done, total) => progress.update(done, total),
      });
      lines.push(`${pushed}: ${sent} blobs sent, ${present} there\n`);
    }
  } finally {
    await close();
  }
  const notes = image.missing.map(
    (platform) => `${name}: not for ${platform}, which the base lacks`,
  );
  return { lines, notes };
};

/**
 * Makes an image.
 * @throws CliError in one line for what is wrong with the module, the base, a file or a registry
 */
export const buildImage = async (options: ImageOptions): Promise<ImageResult> => {
  try {
    return await makeImage(options);
  } catch (error) {
    throw error instanceof ImageError ? imageProblem(error) : error;
  }
};
