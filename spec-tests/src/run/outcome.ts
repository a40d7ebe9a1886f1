/** Outcomes of commands and their sums for a file, as workers report them. */

export type Status = 'passed' | 'failed' | 'unsupported' | 'not applicable' | 'not run';

/** A command that failed. */
export interface Failure {
  line: number;
  command: string;
  reason: string;
}

/** How many commands of a file ended with a status for the same reason. */
export interface ReasonCount {
  status: Status;
  reason: string;
  count: number;
}

/** The sums of a file. */
export interface FileResult {
  file: string;
  /** Command kind → status → count. */
  counts: Record<string, Partial<Record<Status, number>>>;
  failures: Failure[];
  /** Reasons of what is neither passed nor failed. */
  reasons: ReasonCount[];
  milliseconds: number;
}

/** Sums outcomes. */
export class Tally {
  readonly counts: FileResult['counts'] = {};
  readonly failures: Failure[] = [];
  private readonly reasons = new Map<string, ReasonCount>();

  /** Counts a command. */
  add(line: number, command: string, status: Status, reason = ''): void {
    const byStatus = (this.counts[command] ??= {});
    byStatus[status] = (byStatus[status] ?? 0) + 1;
    if (status === 'passed') return;
    if (status === 'failed') {
      this.failures.push({ line, command, reason });
      return;
    }
    const key = `${status}\n${reason}`;
    const known = this.reasons.get(key);
    if (known) known.count++;
    else this.reasons.set(key, { status, reason, count: 1 });
  }

  /** The sums. */
  result(file: string, milliseconds: number): FileResult {
    const { counts, failures } = this;
    return { file, counts, failures, reasons: [...this.reasons.values()], milliseconds };
  }
}

/** How many commands of a result ended with a status. */
export function countOf(result: FileResult, status: Status): number {
  let sum = 0;
  for (const byStatus of Object.values(result.counts)) sum += byStatus[status] ?? 0;
  return sum;
}
