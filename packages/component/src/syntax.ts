/** Trees of JavaScript and edits of its text, as the glue is rewritten: what is in one, what it names. */
import type { AnyNode } from 'acorn';

/** How the glue is read. */
export const options = { ecmaVersion: 'latest', sourceType: 'module' } as const;

/** A piece of text that something else takes the place of. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** Children of a node. */
export function* childrenOf(node: AnyNode): Generator<AnyNode> {
  for (const value of Object.values(node)) {
    for (const item of Array.isArray(value) ? value : [value])
      if (typeof item?.type === 'string') yield item;
  }
}

/** Is this node a name that may refer to a declaration? */
const isReference = (node: AnyNode, parent: AnyNode): boolean => {
  if (parent.type === 'MemberExpression') return parent.object === node || parent.computed;
  if (parent.type === 'MethodDefinition' || parent.type === 'PropertyDefinition')
    return parent.key !== node || parent.computed;
  if (parent.type === 'Property') return parent.value === node || parent.computed;
  return true;
};

/** Names that a tree mentions. */
export const namesIn = (root: AnyNode): Set<string> => {
  const names = new Set<string>();
  const stack = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    for (const child of childrenOf(node)) {
      if (child.type === 'Identifier') {
        if (isReference(child, node)) names.add(child.name);
      } else {
        stack.push(child);
      }
    }
  }
  return names;
};

/** The text with the edits made; of those that overlap the one that begins first. */
export const apply = (source: string, edits: Edit[]): string => {
  const pieces: string[] = [];
  let done = 0;
  for (const { start, end, text } of edits.sort((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < done) continue;
    pieces.push(source.slice(done, start), text);
    done = end;
  }
  return pieces.join('') + source.slice(done);
};
