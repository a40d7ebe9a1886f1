/**
 * Counts the rounds of a function's loops: in a variable of its own, since one outside is a tenth to a fifth of a short
 * round's time, and what it has is added to that where loops end.
 */
import type { Expression, MemberExpression, Statement } from 'estree';
import * as es from '../estree.js';

/** The function's own variable; nothing else is called so. */
const OWN = 'n_';

/** A counter with more, as an integer. */
const more = (counter: Expression, by: Expression): Expression =>
  es.bin('|', es.bin('+', counter, by), es.num(0));

/** How often a function ran, of what it has in `state`. */
export const ranOf = (state: string): MemberExpression =>
  es.member(es.id(state), 'ran') as MemberExpression;

/** Adds to that. */
export const counted = (state: string, by: Expression): Statement =>
  es.assignTo(ranOf(state), more(ranOf(state), by));

/**
 * Adds the rounds of all loops to how often a function ran when the outermost is left, however it is.
 * @param statements a function's, which are changed
 */
export function countRounds(statements: Statement[], state: string): void {
  const counter = new RoundCounter(state);
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

  constructor(private readonly state: string) {}

  private list(statements: readonly Statement[]): Statement[] {
    return statements.flatMap((statement) => this.statement(statement));
  }

  private one(statement: Statement): Statement {
    const changed = this.statement(statement);
    return changed.length === 1 ? changed[0]! : es.block(changed);
  }

  /** A statement that leaves the outermost loop. */
  private leaving(statement: Statement): Statement[] {
    return [es.block([counted(this.state, es.id(OWN)), statement])];
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
        statement.body = es.block([es.expr(es.assign(OWN, more(es.id(OWN), es.num(1)))), ...inner]);
        this.loops--;
        return this.loops === 0 ? [statement, counted(this.state, es.id(OWN))] : [statement];
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
