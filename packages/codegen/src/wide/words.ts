/** Expressions on whole 64-bit words: each is made under `asUintN`, by which V8's last tier knows it for one of the machine. */
import type { BinaryOperator, Expression } from 'estree';
import type { ModuleContext } from '../context.js';
import * as es from '../estree.js';
import { bigint, constantOf } from './operators.js';

export class WordExpressions {
  constructor(private readonly ctx: ModuleContext) {}

  /** Any BigInt as a word: its lowest 64 bits, without a sign. */
  wrap(e: Expression): Expression {
    return this.narrowed('_to_word', 64, e);
  }

  /** The lowest bits of a word as a BigInt with a sign. */
  signed(e: Expression, bits = 64): Expression {
    return this.narrowed('_to_signed_word', bits, e);
  }

  /** A number as a word. @param operation what made it: `_s` behind a load or extension, where it may be negative */
  extended(e: Expression, operation: string): Expression {
    const word = es.call(es.id('BigInt'), [e]);
    return operation.endsWith('_s') ? this.wrap(word) : word;
  }

  /** How far to shift: less than 64. */
  amount(e: Expression): Expression {
    const constant = constantOf(e);
    return constant === undefined ? this.wrap(es.bin('&', e, bigint(63n))) : bigint(constant & 63n);
  }

  /** An operation on two words, but for rotations. */
  binary(operation: string, operator: BinaryOperator, a: Expression, b: Expression): Expression {
    if (operation === 'shl' || operation === 'shr_u')
      return this.wrap(es.bin(operation === 'shl' ? '<<' : '>>', a, this.amount(b)));
    if (operation === 'shr_s') return this.wrap(es.bin('>>', this.signed(a), this.amount(b)));
    return this.wrap(es.bin(operator, a, b));
  }

  /**
   * Is a word less than another? As a word: V8 boxes what it compares, so the borrow of their difference is worked out.
   * @param a twice in it, as `b`
   */
  less(a: Expression, b: Expression, isSigned: boolean): Expression {
    const [x, y] = isSigned ? [a, this.inverted(b)] : [this.inverted(a), b];
    const differ = this.inverted(this.wrap(es.bin('^', a, b)));
    const borrow = es.bin(
      '|',
      this.wrap(es.bin('&', x, y)),
      this.wrap(es.bin('&', differ, this.wrap(es.bin('-', a, b)))),
    );
    return this.wrap(es.bin('>>', this.wrap(borrow), bigint(63n)));
  }

  /** Is a word not zero? As a word. @param a twice in it */
  isSet(a: Expression): Expression {
    const highest = es.bin('|', a, this.wrap(es.bin('-', bigint(0n), a)));
    return this.wrap(es.bin('>>', this.wrap(highest), bigint(63n)));
  }

  /** 1 for 0 and 0 for 1. */
  not(truth: Expression): Expression {
    return this.wrap(es.bin('^', truth, bigint(1n)));
  }

  private inverted(e: Expression): Expression {
    return this.wrap(es.bin('^', e, bigint(0xffff_ffff_ffff_ffffn)));
  }

  private narrowed(helper: string, bits: number, e: Expression): Expression {
    return es.call(es.id(this.ctx.helper(helper)), [es.num(bits), e]);
  }
}
