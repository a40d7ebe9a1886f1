/** Runs consecutive actions on one instance through checker modules. */

import { type Module, UnsupportedError } from '@wasm2js/decoder';
import type { ActionCommand, Pattern } from '../script/commands.js';
import { buildChecker, RUNNER, SUBJECT } from './checker.js';
import { isException, isTrap, messageMatches, nameOf } from './errors.js';
import type { Tally } from './outcome.js';
import { type Compile, type Exports, invoked, loadModule } from './pipeline.js';

/** Actions of one checker: enough to spread its cost, few enough for small functions and scopes. */
const BATCH = 250;

const hostRefs = new Map<number, object>();

/** The host reference with a number; the same object each time. */
function hostRef(number: number): object {
  let ref = hostRefs.get(number);
  if (!ref) {
    ref = { hostRef: number };
    hostRefs.set(number, ref);
  }
  return ref;
}

/** What actions are made on: the exports of an instance, and its module for their types. */
export interface Subject {
  module: Module;
  exports: Exports;
}

/** Runs actions in order and counts the outcomes. */
export function runActions(
  subject: Subject,
  commands: ActionCommand[],
  compile: Compile,
  tally: Tally,
): void {
  for (let i = 0; i < commands.length; i += BATCH) {
    runBatch(subject, commands.slice(i, i + BATCH), compile, tally);
  }
}

function runBatch(
  subject: Subject,
  commands: ActionCommand[],
  compile: Compile,
  tally: Tally,
): void {
  const reports: string[] = [];
  const checker = buildChecker(
    subject.module,
    commands.map((command) => ({
      action: command.action,
      expected: command.kind === 'assert_return' ? command.expected : undefined,
    })),
  );
  let functions: Exports;
  try {
    functions = compile(loadModule(checker.bytes))({
      [SUBJECT]: subject.exports,
      [RUNNER]: {
        ref: hostRef,
        isRef: (value: unknown, number: number) => Number(value === hostRef(number)),
        report32: (bits: number) => reports.push(hex(BigInt.asUintN(32, BigInt(bits)), 8)),
        report64: (bits: bigint) => reports.push(hex(BigInt.asUintN(64, bits), 16)),
      },
    });
  } catch (error) {
    // One unsupported type must not hide what can be checked beside it.
    if (commands.length > 1) {
      const half = commands.length >> 1;
      runBatch(subject, commands.slice(0, half), compile, tally);
      runBatch(subject, commands.slice(half), compile, tally);
      return;
    }
    const { line, kind } = commands[0]!;
    if (error instanceof UnsupportedError) tally.add(line, kind, 'unsupported', error.message);
    else tally.add(line, kind, 'failed', `checker: ${nameOf(error)}`);
    return;
  }
  commands.forEach((command, i) => {
    reports.length = 0;
    const problem =
      checker.errors[i] ?? judge(command, invoked(functions[`${i}`] as () => number), reports);
    tally.add(command.line, command.kind, problem === undefined ? 'passed' : 'failed', problem);
  });
}

const hex = (bits: bigint, digits: number): string =>
  `0x${bits.toString(16).padStart(digits, '0')}`;

/** A pattern for a person: bits, under a mask where it is not full. */
function describe(pattern: Pattern): string {
  if (pattern.kind === 'either') return `either ${pattern.of.map(describe).join(' or ')}`;
  if (pattern.kind === 'ref') return `ref.${pattern.test} ${pattern.value ?? ''}`.trim();
  const words = pattern.words.map(({ size, bits, mask }) => {
    const text = hex(BigInt(bits), size / 4);
    return /^0xf+$/.test(mask) && mask.length === 2 + size / 4 ? text : `${text} under ${mask}`;
  });
  return words.join(' ');
}

/** Calls a check and says what is wrong, if anything. */
function judge(
  command: ActionCommand,
  check: () => unknown,
  reports: string[],
): string | undefined {
  let matched: unknown;
  try {
    matched = check();
  } catch (error) {
    return judgeThrown(command, error);
  }
  switch (command.kind) {
    case 'action':
      return undefined;
    case 'assert_return':
      if (matched === 1) return undefined;
      return `got ${reports.join(' ')}, expected ${command.expected.map(describe).join(' ')}`;
    case 'assert_exception':
      return 'returned, but: exception';
    default:
      return `returned, but: ${command.text}`;
  }
}

function judgeThrown(command: ActionCommand, error: unknown): string | undefined {
  switch (command.kind) {
    case 'assert_trap':
    case 'assert_exhaustion':
      if (isTrap(error) && messageMatches(error, command.text)) return undefined;
      return `${nameOf(error)} instead of: ${command.text}`;
    case 'assert_exception':
      return isException(error) ? undefined : `${nameOf(error)} instead of an exception`;
    default:
      return nameOf(error);
  }
}
