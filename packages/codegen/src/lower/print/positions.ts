/**
 * Printers that also say which instruction their ESTree nodes come from, for source maps: gets nodes and statements
 * that know it (`comesFrom`), gives ESTree with `at`. What is printed must be the same as without: all of it is
 * made by the printers that these are.
 */
import type { Expression, Statement } from 'estree';
import { type Node, Op, S, type Stmt } from '../ir/ir.js';
import { Printer } from './printer.js';
import { StatementPrinter } from './statements.js';
import type { Want } from './wants.js';

/** May evaluating the operation itself trap, or call something: can it be a line of a stack trace? */
function stands(op: Op): boolean {
  switch (op) {
    case Op.Load:
    case Op.Store:
    case Op.Call:
    case Op.Helper:
    case Op.DivS:
    case Op.DivU:
    case Op.RemS:
    case Op.RemU:
    case Op.Field:
    case Op.SetField:
    case Op.Elem:
    case Op.SetElem:
    case Op.HasType:
      return true;
    default:
      return false;
  }
}

/** Notes where the expression comes from, unless a part of the printer that knows better has done so. */
function mark(e: Expression, node: Node): Expression {
  if (node.at > 0 && stands(node.op) && e.type !== 'Identifier' && e.type !== 'Literal')
    e.at ??= node.at;
  return e;
}

/** An expression printer that notes where expressions come from that can trap or call. */
export class PositionPrinter extends Printer {
  override int(node: Node, want: Want): Expression {
    return mark(super.int(node, want), node);
  }

  override float(node: Node): Expression {
    return mark(super.float(node), node);
  }

  override reference(node: Node): Expression {
    return mark(super.reference(node), node);
  }

  protected override word(node: Node, high: boolean): Expression {
    return mark(super.word(node, high), node);
  }

  override element(node: Node): Expression {
    return mark(super.element(node), node);
  }

  override access(
    node: Node,
    method: string,
    offset: number,
    value: Expression | null,
  ): Expression {
    return mark(super.access(node, method, offset, value), node);
  }

  override callExpression(node: Node): Expression {
    return mark(super.callExpression(node), node);
  }
}

/** Where a statement comes from; 0 where that is not known. */
function placeOf(stmt: Stmt): number {
  let first = stmt;
  // What only holds others begins where they do.
  while (first.kind === S.Block || first.kind === S.Loop || first.kind === S.Try) {
    const inner: Stmt | undefined = first.body![0];
    if (inner === undefined) return 0;
    first = inner;
  }
  // What is evaluated stands for the statement: a `local.set` may be far behind.
  return first.e?.at || first.values?.[0]?.at || first.at;
}

/** A statement printer that notes where statements come from. */
export class PositionStatementPrinter extends StatementPrinter {
  protected override statement(stmt: Stmt, out: Statement[]): void {
    const from = out.length;
    super.statement(stmt, out);
    const at = placeOf(stmt);
    if (at > 0) for (let i = from; i < out.length; i++) out[i]!.at ??= at;
  }
}
