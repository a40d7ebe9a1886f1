/** What bodies of modules of shapes have alike: accesses, labels, blocks that are open, and as many statements as are left to make. */
import type { Random } from '../mutate/random.js';

/** What an access is: its name behind the type, its bytes. */
export const LOADS = {
  i32: [
    ['load', 4],
    ['load', 4],
    ['load', 4],
    ['load8_u', 1],
    ['load8_s', 1],
    ['load16_u', 2],
    ['load16_s', 2],
  ],
  i64: [
    ['load', 8],
    ['load8_s', 1],
    ['load32_s', 4],
    ['load32_u', 4],
    ['load16_u', 2],
  ],
  f32: [['load', 4]],
  f64: [['load', 8]],
} as const;
export const STORES = {
  i32: [
    ['store', 4],
    ['store', 4],
    ['store', 4],
    ['store8', 1],
    ['store16', 2],
  ],
  i64: [
    ['store', 8],
    ['store32', 4],
    ['store16', 2],
    ['store8', 1],
  ],
  f32: [['store', 4]],
  f64: [['store', 8]],
} as const;

export abstract class ShapeBody {
  private labels = 0;
  /** The blocks around what is being made, and whether a branch there goes back. */
  protected readonly open: { label: string; loop: boolean }[] = [];

  /** @param budget the most statements */
  constructor(
    protected readonly random: Random,
    protected budget: number,
  ) {}

  /** One statement; takes one of the budget. */
  protected abstract statement(): string;

  /** True once in n times. */
  protected chance(n: number): boolean {
    return this.random.below(n) === 0;
  }

  protected label(): string {
    return `$l${this.labels++}`;
  }

  /** What is made inside a block of this label. */
  protected inside(label: string, loop: boolean, make: () => string): string {
    this.open.push({ label, loop });
    const text = make();
    this.open.pop();
    return text;
  }

  protected statements(most: number): string {
    let text = '';
    for (let n = 1 + this.random.below(most); n > 0 && this.budget > 0; n--)
      text += `${this.statement()}\n`;
    return text;
  }

  /** Is something left of the fuel? Each way back takes of it, so that loops end. */
  protected fuel(): string {
    return '(i32.gt_s (local.tee $fuel (i32.sub (local.get $fuel) (i32.const 1))) (i32.const 0))';
  }
}
