/** Makes a module smaller while a property holds: deletes and simplifies parts of its folded text. */

import { type ListNode, type Node, scan } from '../script/scanner.js';

/** Texts that may stand for an instruction. */
const REPLACEMENTS = [
  '(nop)',
  '(unreachable)',
  '(i32.const 0)',
  '(i32.const 1)',
  '(i64.const 0)',
  '(i64.const -1)',
  '(f32.const 0)',
  '(f64.const 0)',
  '(ref.null func)',
  '(ref.null extern)',
];

const headOf = (node: ListNode): string =>
  node.items[0]?.kind === 'atom' ? node.items[0].text : '';

/** Lists of a tree with the larger ones first. */
function listsOf(nodes: Node[]): ListNode[] {
  const found: ListNode[] = [];
  const visit = (node: Node) => {
    if (node.kind !== 'list') return;
    found.push(node);
    node.items.forEach(visit);
  };
  nodes.forEach(visit);
  return found.sort((a, b) => b.end - b.start - (a.end - a.start));
}

/** Texts that a list could become, the smallest first. */
function* candidates(text: string, node: ListNode): Generator<string> {
  yield '';
  const size = node.end - node.start;
  for (const replacement of REPLACEMENTS) {
    if (replacement.length < size) yield replacement;
  }
  const children = node.items.filter((item) => item.kind === 'list');
  for (const child of children) yield text.slice(child.start, child.end);
  // All that is inside an arm or a block without the block itself.
  if (/^(then|else|block|loop|if|do)$/.test(headOf(node)) && children.length > 1) {
    yield text.slice(children[0]!.start, children.at(-1)!.end);
  }
}

/**
 * Reduces the text of a module. `holds` says of a text whether it is a module that still shows what
 * is looked for; `budget` bounds its calls.
 */
export async function reduce(
  text: string,
  holds: (text: string) => Promise<boolean>,
  budget: number,
): Promise<string> {
  let left = budget;
  for (let changed = true; changed && left > 0; ) {
    changed = false;
    // Positions move with each success, so the lists are taken anew after one.
    for (let index = 1; left > 0; index++) {
      const node = listsOf(scan(text))[index];
      if (!node) break;
      for (const candidate of candidates(text, node)) {
        if (left-- <= 0) break;
        const shorter = text.slice(0, node.start) + candidate + text.slice(node.end);
        if (!(await holds(shorter))) continue;
        text = shorter;
        changed = true;
        index--;
        break;
      }
    }
  }
  return text.replace(/\n\s*(?=\n)/g, '');
}
