/**
 * Counts the rounds of a function's loops: in a variable of its own, since one outside is a tenth to a fifth of a short
 * round's time, and what it has is added to that where loops end.
 */
import type { Statement } from 'estree';
import * as es from '../estree.js';

/** The function's own variable; nothing else is called so. */
const OWN = 'n_';

/** Adds to a counter. */
export const counted = (ran: string, more: number | string): Statement =>
  es.expr(
    es.assign(
      ran,
      es.bin(
        '|',
        es.bin('+', es.id(ran), typeof more === 'number' ? es.num(more) : es.id(more)),
        es.num(0),
      ),
    ),
  );

/**
 * Adds the rounds of all loops to a counter when the outermost is left, however it is.
 * @param statements a function's, which are changed
 */
export function countRounds(statements: Statement[], ran: string): void {
  const counter = new RoundCounter(ran);
  const changed = statements.flatMap((statement) => counter.statement(statement));
  if (!counter.found) return;
  statements.splice(0, statements.length, es.declare('var', [[OWN, es.num(0)]]), ...changed);
}

class RoundCounter {
  /** Are there loops? */
  found = false;
  private loops = 0;
  /** Labels of statements within the outermost loop, itself included. */
  private readonly inside: string[] = [];

  constructor(private readonly ran: string) {}

  private list(statements: readonly Statement[]): Statement[] {
    return statements.flatMap((statement) => this.statement(statement));
  }

  private one(statement: Statement): Statement {
    const changed = this.statement(statement);
    return changed.length === 1 ? changed[0]! : es.block(changed);
  }

  /** A statement that leaves the outermost loop. */
  private leaving(statement: Statement): Statement[] {
    return [es.block([counted(this.ran, OWN), statement])];
  }

  /** The statement and what is to follow it. */
  statement(statement: Statement): Statement[] {
    switch (statement.type) {
      case 'ForStatement':
      case 'WhileStatement':
      case 'DoWhileStatement': {
        this.found = true;
        this.loops++;
        const { body } = statement;
        const inner = this.list(body.type === 'BlockStatement' ? body.body : [body]);
        statement.body = es.block([counted(OWN, 1), ...inner]);
        this.loops--;
        return this.loops === 0 ? [statement, counted(this.ran, OWN)] : [statement];
      }
      case 'BlockStatement':
        statement.body = this.list(statement.body);
        return [statement];
      case 'LabeledStatement': {
        const { body, label } = statement;
        const isLoop = /^(For|While|DoWhile)Statement$/.test(body.type);
        const within = this.loops > 0 || isLoop;
        if (within) this.inside.push(label.name);
        const [first, ...behind] = this.statement(body);
        statement.body = first!;
        if (within) this.inside.pop();
        return [statement, ...behind];
      }
      case 'IfStatement':
        statement.consequent = this.one(statement.consequent);
        if (statement.alternate) statement.alternate = this.one(statement.alternate);
        return [statement];
      case 'SwitchStatement':
        for (const arm of statement.cases) arm.consequent = this.list(arm.consequent);
        return [statement];
      case 'ReturnStatement':
        return this.loops > 0 ? this.leaving(statement) : [statement];
      case 'BreakStatement':
      case 'ContinueStatement': {
        const name = statement.label?.name;
        const leaves = this.loops > 0 && name !== undefined && !this.inside.includes(name);
        return leaves ? this.leaving(statement) : [statement];
      }
      default:
        return [statement];
    }
  }
}
