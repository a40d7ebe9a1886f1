/**
 * Sets of variables by their number, for many sets that have most of their members in common: copies
 * share blocks of members until one of them changes. A function of several megabytes has a hundred
 * thousand variables, few of which are live at any one place.
 */

/** Words of 32 members in a block; behind them stands which set may change it. */
const WORDS = 16;
const OWNER = WORDS;
const BLOCK_BITS = 9;

type Block = number[];

const newBlock = (owner: number): Block => {
  const block: Block = new Array(WORDS + 1).fill(0);
  block[OWNER] = owner;
  return block;
};

/** Blocks of no member are this one. */
const EMPTY = newBlock(0);

let owners = 0;

export class VariableSet {
  private owner = ++owners;

  private constructor(private blocks: Block[]) {}

  /** The empty set of variables with numbers below `count`. */
  static empty(count: number): VariableSet {
    return new VariableSet(new Array(((count - 1) >> BLOCK_BITS) + 1).fill(EMPTY));
  }

  /** A set of the same members. */
  copy(): VariableSet {
    // Neither may change the blocks any more.
    this.owner = ++owners;
    return new VariableSet(this.blocks.slice());
  }

  has(n: number): boolean {
    return (this.blocks[n >> BLOCK_BITS]![(n >> 5) & (WORDS - 1)]! & (1 << (n & 31))) !== 0;
  }

  add(n: number): void {
    if (!this.has(n)) this.own(n >> BLOCK_BITS)[(n >> 5) & (WORDS - 1)]! |= 1 << (n & 31);
  }

  remove(n: number): void {
    if (this.has(n)) this.own(n >> BLOCK_BITS)[(n >> 5) & (WORDS - 1)]! &= ~(1 << (n & 31));
  }

  clear(): void {
    this.blocks.fill(EMPTY);
  }

  /** Adds all members of another set. */
  addAll(other: VariableSet): void {
    const { blocks } = this;
    for (let i = 0; i < blocks.length; i++) {
      const mine = blocks[i]!;
      const theirs = other.blocks[i]!;
      if (mine === theirs || theirs === EMPTY) continue;
      if (mine === EMPTY) {
        blocks[i] = theirs;
        // It is shared from here on.
        if (theirs[OWNER] === other.owner) other.owner = ++owners;
        continue;
      }
      for (let k = 0; k < WORDS; k++)
        if ((theirs[k]! & ~mine[k]!) !== 0) this.own(i)[k]! |= theirs[k]!;
    }
  }

  equals(other: VariableSet): boolean {
    return this.blocks.every((mine, i) => {
      const theirs = other.blocks[i]!;
      if (mine === theirs) return true;
      for (let k = 0; k < WORDS; k++) if (mine[k] !== theirs[k]) return false;
      return true;
    });
  }

  /** The block with this index, fit to be changed. */
  private own(index: number): Block {
    let block = this.blocks[index]!;
    if (block[OWNER] !== this.owner) {
      block = block.slice();
      block[OWNER] = this.owner;
      this.blocks[index] = block;
    }
    return block;
  }
}
