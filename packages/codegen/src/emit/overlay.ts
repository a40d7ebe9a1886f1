/**
 * Files that a command brings: gets a tree of them, gives the source of the option `overlay` of the WASI runtime. All bytes
 * are one text; the tree is lists of numbers and names, so that no name of a file means anything to JavaScript.
 */

import { UnsupportedError } from '@wasm2js/decoder';
import type { ModuleContext } from '../context.js';
import { quote } from '../names.js';
import type { OverlayDirectory, OverlayFiles, OverlayNode } from '../options.js';
import { printHelpers, reachableHelpers } from '../support/library.js';
import { inlineBytes } from './data.js';

/** Source of an overlay. */
export interface OverlaySource {
  /** Statements, large ones in pieces. */
  body: string[];
  /** A property of an object literal. */
  property: string;
}

/** Bytes of files that are put into a script at most; strings of engines end at about 500 MB. */
const OVERLAY_LIMIT = 2 ** 27;

/**
 * Source of the files of a command; `_image_files` of the support library reads it.
 * @throws UnsupportedError for more bytes than a script can hold
 */
export function emitOverlay(
  ctx: Pick<ModuleContext, 'helper'>,
  { files, preopens, workingDirectory }: OverlayFiles,
): OverlaySource {
  const contents: Uint8Array[] = [];
  const numbers = new Map<object, number>();
  const described: string[] = [];
  let total = 0;
  const file = (node: Extract<OverlayNode, { type: 'file' }>): number => {
    const known = numbers.get(node);
    if (known !== undefined) return known;
    const number = described.length;
    numbers.set(node, number);
    contents.push(node.content);
    total += node.content.length;
    if (total > OVERLAY_LIMIT)
      throw new UnsupportedError(`files of more than ${OVERLAY_LIMIT / 2 ** 20} MiB in a script`);
    described.push(`[${node.mtime ?? 0},${node.content.length}]`);
    return number;
  };
  // Directories are numbered as they are found; each is a list of names and entries.
  const directories: OverlayDirectory[] = [files];
  const lists: string[] = [];
  for (let i = 0; i < directories.length; i++) {
    const { entries, mtime = 0 } = directories[i]!;
    const items: string[] = [String(mtime)];
    for (const [name, node] of entries) {
      if (node.type === 'directory') items.push(quote(name), `~${directories.push(node) - 1}`);
      else if (node.type === 'file') items.push(quote(name), String(file(node)));
      else items.push(quote(name), `[${quote(node.target)},${node.mtime ?? 0}]`);
    }
    lists.push(`[${items.join(',')}],\n`);
  }
  const bytes = new Uint8Array(total);
  let at = 0;
  for (const content of contents) {
    bytes.set(content, at);
    at += content.length;
  }
  const seen = Object.entries(preopens).map(([name, path]) => `[${quote(name)}]: ${quote(path)}`);
  const working =
    workingDirectory === undefined ? '' : `, workingDirectory: ${quote(workingDirectory)}`;
  return {
    body: [
      `let _files;\nconst _overlay = () => ({ files: (_files ??= ${ctx.helper('_image_files')}(`,
      ...inlineBytes(ctx, bytes),
      `,[${described.join(',')}],[\n`,
      ...lists,
      `])), preopens: { ${seen.join(', ')} }${working} });\n`,
    ],
    property: 'get overlay() { return _overlay(); }',
  };
}

/**
 * Source of an expression that gives a function that gives the option `overlay`, with the helpers that it needs: for scripts
 * that are no module's, as a component's is.
 * @returns large texts in pieces
 * @throws UnsupportedError as `emitOverlay`
 */
export function overlayExpression(files: OverlayFiles): string[] {
  const wanted = new Set<string>();
  const helper = (name: string): string => {
    wanted.add(name);
    return name;
  };
  const { body } = emitOverlay({ helper }, files);
  return ['(()=>{\n', printHelpers(reachableHelpers(wanted)), ...body, 'return _overlay;\n})()'];
}
