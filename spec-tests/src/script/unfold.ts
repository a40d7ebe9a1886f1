/**
 * Unfolds the instructions of module texts that have the legacy folded form
 * `(try (do …) (catch …))`, which current assemblers read only as `try … catch … end`.
 */

import { type ListNode, type Node, scan } from './scanner.js';

const FOLDED_TRY = /\(\s*try[\s)]/;
/** Lists that are not instructions: declarations of a function and immediates. */
const DECLARATIONS = new Set(['type', 'param', 'result', 'local', 'export', 'import']);

/** Gives the text with all function bodies unfolded if it has a folded `try`, else the text. */
export function unfoldLegacyTry(text: string): string {
  if (!FOLDED_TRY.test(text)) return text;
  return scan(text)
    .map((node) => new Unfolder(text).outer(node))
    .join(' ');
}

const headOf = (node: Node): string =>
  node.kind === 'list' && node.items[0]?.kind === 'atom' ? node.items[0].text : '';

const isOperand = (node: Node): node is ListNode =>
  node.kind === 'list' && !DECLARATIONS.has(headOf(node));

class Unfolder {
  constructor(private readonly text: string) {}

  /** Module structure: only the bodies of functions change. */
  outer(node: Node): string {
    const head = headOf(node);
    if (node.kind !== 'list' || (head !== 'module' && head !== 'func')) return this.verbatim(node);
    const items = node.items.map((item) =>
      head === 'module' ? this.outer(item) : this.instruction(item),
    );
    return `(${items.join(' ')})`;
  }

  private verbatim(node: Node): string {
    return this.text.slice(node.start, node.end);
  }

  private instructions(nodes: Node[]): string {
    return nodes.map((node) => this.instruction(node)).join(' ');
  }

  private instruction(node: Node): string {
    if (!isOperand(node)) return this.verbatim(node);
    const immediates = node.items.filter((item) => !isOperand(item));
    const operands = node.items.filter(isOperand);
    const opener = this.instructions(immediates);
    switch (headOf(node)) {
      case 'block':
      case 'loop': {
        const body = node.items.findIndex((item, i) => i > 0 && isInstruction(item));
        const split = body < 0 ? node.items.length : body;
        return `${this.instructions(node.items.slice(0, split))} ${this.instructions(node.items.slice(split))} end`;
      }
      case 'if': {
        const arms = operands.filter((item) => /^(then|else)$/.test(headOf(item)));
        const condition = operands.filter((item) => !arms.includes(item));
        const texts = arms.map((arm) => this.arm(arm, headOf(arm) === 'else' ? 'else' : ''));
        return `${this.instructions(condition)} ${opener} ${texts.join(' ')} end`;
      }
      case 'try': {
        const clauses = operands.map((clause) => this.clause(clause));
        const end = operands.some((clause) => headOf(clause) === 'delegate') ? '' : ' end';
        return `${opener} ${clauses.join(' ')}${end}`;
      }
      default:
        return `${this.instructions(operands)} ${opener}`;
    }
  }

  private arm(node: ListNode, keyword: string): string {
    return `${keyword} ${this.instructions(node.items.slice(1))}`;
  }

  private clause(node: ListNode): string {
    return this.arm(node, headOf(node) === 'do' ? '' : headOf(node));
  }
}

/** In a block: labels, numbers and declarations come before the first instruction. */
const isInstruction = (node: Node): boolean =>
  node.kind === 'list' ? isOperand(node) : node.kind === 'atom' && !/^[$\d]/.test(node.text);
