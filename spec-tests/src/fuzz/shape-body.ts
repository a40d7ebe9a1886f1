/** What bodies of modules of shapes have alike: labels, blocks that are open, and as many statements as are left to make. */
import type { Random } from '../mutate/random.js';

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
