/**
 * Finds variables that stand for one another in pieces of a function that are the same but for variables: copies of an inlined
 * function, rounds of an unrolled loop. Gets a printed function, gives for each variable those before it that it is like, and how
 * much: where they share registers, the pieces have the same text, which compression finds. Must keep: the effort is linear.
 */
import type { Node as EsNode, FunctionDeclaration } from 'estree';
import { PIECE_LENGTH, pieceAt } from '../../pieces.js';

/** By variable: what it is like, and the nodes of the pieces that say so. */
export type Likenesses = readonly (ReadonlyMap<number, number> | undefined)[];

/** Places that are looked at, the last ones. */
const LOOKED_AT = 12;
/** Nodes between two pieces at most: about what compression sees. */
const WINDOW = 1 << 14;
/** Nodes at the end of a piece that are looked at again. */
const AGAIN = 3;
const HASH_BITS = 12;

/** A function's nodes in the order of its text. */
interface Nodes {
  /** A number for what each is, 0 for variables. */
  hashes: number[];
  /** The variable that each is; -1 for others. */
  variables: number[];
}

/**
 * Compares the pieces of a function with those before them.
 * @param func its variables in one declaration
 * @param numbers of its variables by name
 * @param leaders by variable: the one that it is to be taken for
 */
export function likenesses(
  func: FunctionDeclaration,
  numbers: ReadonlyMap<string, number>,
  leaders: readonly number[],
): Likenesses {
  const { hashes, variables } = nodesOf(func, numbers);
  const found: Map<number, number>[] = [];
  const last = new Int32Array(1 << HASH_BITS).fill(-1);
  const before = new Int32Array(hashes.length);
  let known = 0;
  for (let i = 0; i + PIECE_LENGTH <= hashes.length; ) {
    for (; known < i; known++) {
      const hash = pieceAt(hashes, known, HASH_BITS);
      before[known] = last[hash]!;
      last[hash] = known;
    }
    let from = 0;
    let length = 0;
    let place = last[pieceAt(hashes, i, HASH_BITS)]!;
    for (let n = 0; n < LOOKED_AT && place >= 0 && i - place <= WINDOW; n++) {
      let same = 0;
      const most = Math.min(hashes.length - i, i - place);
      while (same < most && hashes[i + same] === hashes[place + same]) same++;
      if (same > length) {
        length = same;
        from = place;
      }
      place = before[place]!;
    }
    if (length < PIECE_LENGTH) {
      i++;
      continue;
    }
    for (let j = 0; j < length; j++) {
      const v = variables[i + j]!;
      const w = variables[from + j]!;
      if (v < 0 || leaders[v] === leaders[w]) continue;
      const like = (found[leaders[v]!] ??= new Map());
      like.set(leaders[w]!, (like.get(leaders[w]!) ?? 0) + length);
    }
    i += length - AGAIN;
  }
  return found;
}

function nodesOf({ body }: FunctionDeclaration, numbers: ReadonlyMap<string, number>): Nodes {
  const hashes: number[] = [];
  const variables: number[] = [];
  const stack: EsNode[] = [body];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const v = node.type === 'Identifier' ? numbers.get(node.name) : undefined;
    hashes.push(v === undefined ? hashOf(node) : 0);
    variables.push(v ?? -1);
    if (v !== undefined || node.type === 'VariableDeclaration') continue;
    const parts = node as unknown as Record<string, unknown>;
    const first = stack.length;
    for (const key in parts) {
      const value = parts[key];
      if (typeof value !== 'object' || value === null) continue;
      if (!Array.isArray(value)) stack.push(value as EsNode);
      else for (const part of value as (EsNode | null)[]) if (part !== null) stack.push(part);
    }
    // What stands first is taken first.
    for (let i = first, j = stack.length - 1; i < j; i++, j--)
      [stack[i], stack[j]] = [stack[j]!, stack[i]!];
  }
  return { hashes, variables };
}

/** A number for what a node is by itself. */
function hashOf(node: EsNode): number {
  const hash = hashOfText(node.type);
  if (node.type === 'Identifier') return Math.imul(hash, 31) + hashOfText(node.name) || 1;
  if (node.type === 'Literal') return Math.imul(hash, 31) + hashOfText(String(node.value)) || 1;
  return 'operator' in node ? Math.imul(hash, 31) + hashOfText(node.operator) || 1 : hash;
}

function hashOfText(text: string): number {
  let hash = 1;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash || 1;
}
