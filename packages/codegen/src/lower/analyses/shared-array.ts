/**
 * Arrays of integers for many copies that have most of their elements in common: what is known at
 * each branch of a large function, say. A tree of small blocks, which copies share until one of them
 * changes: copying takes no time, and comparing two only looks at what has changed since.
 */

const BITS = 5;
const WIDTH = 1 << BITS;
const MASK = WIDTH - 1;

/** Elements or blocks below; behind them the array that may change it (0: nobody). */
type Block = number[] | Block[];

let owners = 0;

const ownerOf = (block: Block): number => block[WIDTH] as unknown as number;

/** By level: a block of nothing but zeros, which nobody may change. All arrays have the same. */
const ZEROS: Block[] = [new Array<number>(WIDTH + 1).fill(0)];

function zeros(level: number): Block {
  for (let i = ZEROS.length; i <= level; i++) {
    const blocks: Block = new Array<Block>(WIDTH).fill(ZEROS[i - 1]!);
    (blocks as unknown[]).push(0);
    ZEROS.push(blocks);
  }
  return ZEROS[level]!;
}

export class SharedArray {
  private owner = ++owners;

  private constructor(
    private root: Block,
    /** Position of the bits that choose below the root. */
    private readonly shift: number,
  ) {}

  /** An array of at least `length` zeros. */
  static zeros(length: number): SharedArray {
    let level = 0;
    while (length > WIDTH << (level * BITS)) level++;
    return new SharedArray(zeros(level), level * BITS);
  }

  /** An array with the same elements. */
  copy(): SharedArray {
    // Neither may change the blocks any more.
    this.owner = ++owners;
    return new SharedArray(this.root, this.shift);
  }

  /** Takes the elements of another array of the same length. */
  assign(other: SharedArray): void {
    other.owner = ++owners;
    this.root = other.root;
  }

  get(index: number): number {
    let block = this.root;
    for (let shift = this.shift; shift > 0; shift -= BITS)
      block = (block as Block[])[(index >> shift) & MASK]!;
    return (block as number[])[index & MASK]!;
  }

  set(index: number, value: number): void {
    let block = this.own(this.root);
    this.root = block;
    for (let shift = this.shift; shift > 0; shift -= BITS) {
      const at = (index >> shift) & MASK;
      const next = this.own((block as Block[])[at]!);
      (block as Block[])[at] = next;
      block = next;
    }
    (block as number[])[index & MASK] = value;
  }

  /** The block, or a copy of it that may be changed. */
  private own(block: Block): Block {
    if (ownerOf(block) === this.owner) return block;
    const copy = (block as number[]).slice();
    copy[WIDTH] = this.owner;
    return copy;
  }

  /** Sets the bits that are set in another array of the same length; takes over blocks of it that have all of this one. */
  or(other: SharedArray): void {
    if (this.root === other.root) return;
    // What is taken over, neither may change any more.
    other.owner = ++owners;
    this.root = this.orBlocks(this.root, other.root, this.shift);
  }

  private orBlocks(mine: Block, theirs: Block, shift: number): Block {
    const nothing = zeros(shift / BITS);
    if (mine === theirs || theirs === nothing) return mine;
    if (mine === nothing) return theirs;
    let block = mine;
    let asTheirs = true;
    for (let i = 0; i < WIDTH; i++) {
      if (mine[i] === theirs[i]) continue;
      const now: number | Block =
        shift === 0
          ? (mine[i] as number) | (theirs[i] as number)
          : this.orBlocks(mine[i] as Block, theirs[i] as Block, shift - BITS);
      if (now !== theirs[i]) asTheirs = false;
      if (now === mine[i]) continue;
      if (block === mine) block = this.own(mine);
      (block as unknown[])[i] = now;
    }
    // It is theirs that others have, too: the next comparison with one of these ends here.
    return asTheirs ? theirs : block;
  }

  /**
   * Calls `visit` with index and both elements where two arrays of the same length differ. This one
   * may be changed at that index meanwhile.
   */
  differences(other: SharedArray, visit: (index: number, mine: number, theirs: number) => void) {
    const walk = (mine: Block, theirs: Block, shift: number, base: number): void => {
      if (mine === theirs) return;
      for (let i = 0; i < WIDTH; i++) {
        if (mine[i] === theirs[i]) continue;
        if (shift === 0) visit(base + i, mine[i] as number, theirs[i] as number);
        else walk(mine[i] as Block, theirs[i] as Block, shift - BITS, base + (i << shift));
      }
    };
    walk(this.root, other.root, this.shift, 0);
  }
}
