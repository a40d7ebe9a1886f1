/**
 * What splitting off a region takes, in bytes of bytecode. Asked about thousands of regions, of which
 * a few are chosen: so it only counts, and collects nothing.
 */

import { AHEAD } from '../../ahead.js';
import type { Liveness } from '../analyses/liveness.js';
import type { Region } from '../analyses/regions.js';
import type { VariableSet } from '../analyses/variable-set.js';
import { endsAbruptly, type Variable } from '../ir/ir.js';
import { isKept } from '../ir/reads.js';
import type { Content, Contents } from './outline-content.js';
import { partsOf } from './outline-parts.js';

/** What the outliner has to know of a region. */
export interface Costs {
  content: Content;
  /** Each way out hands back its own variables (else all are read behind the call). */
  apart: boolean;
  /** Bytes that the caller of the region spends. */
  call: number;
  /** One way out at most, and one JS variable at most is handed back: the part can return it. */
  simple?: boolean;
}

export class CostMeter {
  /** By index of the assigned variables: JS variables, live at some exit (in either manner). */
  private readonly weights: number[] = [];
  private readonly together: boolean[] = [];
  private readonly separate: boolean[] = [];
  private costTogether = 0;
  private costSeparate = 0;
  private backSeparate = 0;

  /**
   * @param channel does returning set the channel of results
   * @param results number of JS variables that hold the results
   */
  constructor(
    private readonly contents: Contents,
    private readonly live: Liveness,
    private readonly channel: boolean,
    private readonly results: number,
  ) {}

  /**
   * Measures a region.
   * @param limit bytes that handing back may take
   * @returns undefined where it cannot be split off, or takes more
   */
  measure({ list, end, from, to, handler }: Region, limit: number): Costs | undefined {
    const { live, weights } = this;
    const content = this.contents.of(from, to, !endsAbruptly(list, end));
    if (content === undefined) return undefined;
    const { assigned, exits } = content;
    const count = assigned.length;
    // What is thrown on the way out of a part hands nothing back.
    if (handler !== undefined) {
      const there = live.live(handler[0]!.position);
      if (assigned.some((v) => there.has(v.number))) return undefined;
    }
    for (let i = 0; i < count; i++) {
      weights[i] = partsOf(assigned[i]!);
      this.together[i] = false;
      this.separate[i] = false;
    }
    this.costTogether = 0;
    this.costSeparate = 0;
    this.backSeparate = 0;
    let ways = exits.length;
    if (content.falls) {
      ways++;
      this.exit(assigned, live.live(to), 1, count);
    }
    for (const { label, places, assigned: before } of exits) {
      this.exit(assigned, live.liveAt(label), places, before);
      if (this.costTogether > limit && this.costSeparate > limit) return undefined;
    }
    const returns = content.returns > 0 && (ways > 0 || this.channel);
    if (returns) {
      ways++;
      this.leave(content.returns, this.results, this.results);
    }
    const apart = ways > 1 && this.costSeparate < this.costTogether;
    if ((apart ? this.costSeparate : this.costTogether) > limit) return undefined;
    const handed = apart ? this.separate : this.together;
    const before = live.live(from);
    let params = 0;
    for (const v of content.reads) if (isKept(v) && before.has(v.number)) params += partsOf(v);
    let back = returns ? this.results : 0;
    for (let i = 0; i < count; i++) {
      if (!handed[i]) continue;
      const v = assigned[i]!;
      back += weights[i]!;
      if (before.has(v.number) && !this.contents.isRead(v)) params += weights[i]!;
    }
    if (apart) back = this.backSeparate;
    const dispatch = ways < 2 ? 4 : 10 + 6 * ways;
    const call = 20 + 6 * params + 14 * back + dispatch;
    const costs: Costs = { content, apart, call };
    if (AHEAD) costs.simple = ways < 2 && back < 2;
    return costs;
  }

  /** Counts a way out at which these variables are live. */
  private exit(assigned: Variable[], there: VariableSet, places: number, before: number): void {
    const { weights, together, separate } = this;
    let all = 0;
    let own = 0;
    for (let i = 0; i < assigned.length; i++) {
      if (!there.has(assigned[i]!.number)) continue;
      all += weights[i]!;
      together[i] = true;
      if (i >= before) continue;
      own += weights[i]!;
      separate[i] = true;
    }
    this.leave(places, all, own);
  }

  /** Leaving at some places with so many JS variables, in either manner. */
  private leave(places: number, all: number, own: number): void {
    this.costTogether += places * (6 + 8 * all);
    this.costSeparate += places * 6 + (places * 8 + 14) * own;
    this.backSeparate += own;
  }
}
