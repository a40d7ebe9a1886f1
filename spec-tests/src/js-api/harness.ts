/**
 * A test harness with the functions that the JavaScript API's tests call (those of web-platform-tests by name). Tests
 * register themselves; `run` runs them one after the other and gives what came out.
 */

/** What came out of a test: undefined where it passed. */
export interface TestResult {
  name: string;
  failure: string | undefined;
}

/** What a test function gets. */
interface TestObject {
  add_cleanup(f: () => unknown): void;
  unreached_func(description?: string): () => never;
  step_func<F>(f: F): F;
  step(f: () => unknown): unknown;
  done(): void;
}

type Body = (t: TestObject) => unknown;
type ErrorClass = abstract new (...args: never[]) => unknown;

class AssertionError extends Error {}

/** How a value is shown in the names of tests, which must be those of the real harness as far as they are told apart. */
export function formatValue(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (Object.is(value, -0)) return '-0';
  if (Array.isArray(value)) return `[${value.map(formatValue).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    try {
      return `object ${JSON.stringify(String(value))}`;
    } catch {
      return 'object';
    }
  }
  if (typeof value === 'function') return `function ${JSON.stringify(String(value))}`;
  return String(value);
}

function check(passed: boolean, what: string, description: unknown): void {
  if (!passed)
    throw new AssertionError(description === undefined ? what : `${description}: ${what}`);
}

/** Is what was thrown of exactly that class? */
function checkClass(error: unknown, expected: ErrorClass, description: unknown): void {
  const { constructor: found } = (error ?? {}) as { constructor?: ErrorClass };
  const shown = error instanceof Error ? `${error.name}: ${error.message}` : formatValue(error);
  check(found === expected, `expected ${expected.name}, thrown was ${shown}`, description);
}

function thrownBy(f: () => unknown, description: unknown): unknown {
  try {
    f();
  } catch (error) {
    if (error instanceof AssertionError) throw error;
    return error;
  }
  throw new AssertionError(`${description ?? ''}: nothing was thrown`);
}

/** The assertions, by their names. */
const assertions = {
  assert_true: (value: unknown, text?: string) =>
    check(value === true, `expected true, found ${formatValue(value)}`, text),
  assert_false: (value: unknown, text?: string) =>
    check(value === false, `expected false, found ${formatValue(value)}`, text),
  assert_equals: (found: unknown, expected: unknown, text?: string) =>
    check(
      Object.is(found, expected),
      `expected ${formatValue(expected)}, found ${formatValue(found)}`,
      text,
    ),
  assert_not_equals: (found: unknown, other: unknown, text?: string) =>
    check(!Object.is(found, other), `found ${formatValue(found)}`, text),
  assert_array_equals(found: ArrayLike<unknown>, expected: ArrayLike<unknown>, text?: string) {
    const same =
      found.length === expected.length &&
      [...Array(found.length).keys()].every((i) => Object.is(found[i], expected[i]));
    const show = (list: ArrayLike<unknown>) => formatValue(Array.from(list));
    check(same, `expected ${show(expected)}, found ${show(found)}`, text);
  },
  assert_class_string: (object: unknown, name: string, text?: string) =>
    check(Object.prototype.toString.call(object) === `[object ${name}]`, `not a ${name}`, text),
  assert_own_property: (object: object, name: PropertyKey, text?: string) =>
    check(Object.hasOwn(object, name), `no property ${String(name)}`, text),
  assert_not_own_property: (object: object, name: PropertyKey, text?: string) =>
    check(!Object.hasOwn(object, name), `a property ${String(name)}`, text),
  assert_unreached: (text?: string) => check(false, 'reached', text),
  assert_throws_js: (expected: ErrorClass, f: () => unknown, text?: string) =>
    checkClass(thrownBy(f, text), expected, text),
  assert_throws_exactly(expected: unknown, f: () => unknown, text?: string) {
    const error = thrownBy(f, text);
    check(Object.is(error, expected), `thrown was ${formatValue(error)}`, text);
  },
  /** The older form: an object, or a class, whose name the error has. */
  assert_throws(expected: { name: string }, f: () => unknown, text?: unknown) {
    const error = thrownBy(f, text) as { name?: string };
    check(
      error?.name === expected.name,
      `expected ${expected.name}, thrown was ${formatValue(error)}`,
      text,
    );
  },
  async promise_rejects_js(
    _: unknown,
    expected: ErrorClass,
    promise: Promise<unknown>,
    text?: string,
  ) {
    let error: unknown;
    try {
      await promise;
    } catch (reason) {
      error = reason;
      checkClass(error, expected, text);
      return;
    }
    throw new AssertionError(`${text ?? ''}: the promise was fulfilled`);
  },
  async promise_rejects(
    _: unknown,
    expected: { name: string },
    promise: Promise<unknown>,
    text?: string,
  ) {
    try {
      await promise;
    } catch (error) {
      const { name } = (error ?? {}) as { name?: string };
      check(
        name === expected.name,
        `expected ${expected.name}, rejected with ${formatValue(error)}`,
        text,
      );
      return;
    }
    throw new AssertionError(`${text ?? ''}: the promise was fulfilled`);
  },
};

/** The harness of one file. */
export class Harness {
  private readonly tests: { name: string; run: () => Promise<void> }[] = [];
  private readonly failedSetups: string[] = [];
  private readonly names = new Map<string, number>();

  /** What becomes properties of the global object. */
  readonly globals = {
    ...assertions,
    format_value: formatValue,
    setup: (f: unknown) => {
      try {
        if (typeof f === 'function') f();
      } catch (error) {
        this.failedSetups.push(String(error));
      }
    },
    test: (body: Body, name?: string) => this.sync(body, name),
    promise_test: (body: Body, name?: string) => this.add(name, async (t) => body(t)),
    async_test: (body: Body, name?: string) => this.async(body, name),
    done: () => {},
  };

  /** Runs what has not run yet. */
  async run(): Promise<TestResult[]> {
    const results: TestResult[] = this.failedSetups.map((failure) => ({
      name: '(setup)',
      failure,
    }));
    for (const { name, run } of this.tests) {
      let failure: string | undefined;
      try {
        await run();
      } catch (error) {
        failure = error instanceof AssertionError ? error.message : describeError(error);
      }
      results.push({ name, failure });
    }
    return results;
  }

  /** Synchronous tests run where they stand: others rely on what they leave behind. */
  private sync(body: Body, name: string | undefined): void {
    let thrown: unknown;
    let failed = false;
    const { t, cleanUp } = testObject();
    try {
      body(t);
    } catch (error) {
      failed = true;
      thrown = error;
    }
    this.add(name, async () => {
      await cleanUp();
      if (failed) throw thrown;
    });
  }

  private async(body: Body, name: string | undefined): void {
    const { t } = testObject();
    const finished = new Promise<void>((resolve, reject) => {
      t.done = resolve;
      t.step = (f) => {
        try {
          return f();
        } catch (error) {
          return reject(error);
        }
      };
    });
    t.step_func = ((f: (...args: unknown[]) => unknown) =>
      (...args: unknown[]) =>
        t.step(() => f(...args))) as TestObject['step_func'];
    t.step(() => body(t));
    this.add(name, () => finished);
  }

  private add(given: string | undefined, body: (t: TestObject) => Promise<unknown>): void {
    const base = given ?? '(no name)';
    const count = (this.names.get(base) ?? 0) + 1;
    this.names.set(base, count);
    const name = count === 1 ? base : `${base} (${count})`;
    this.tests.push({
      name,
      run: async () => {
        const { t, cleanUp } = testObject();
        try {
          await within(body(t));
        } finally {
          await cleanUp();
        }
      },
    });
  }
}

/** Milliseconds that an asynchronous test may take. */
const LIMIT = 10_000;

async function within(promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new AssertionError('not done in time')), LIMIT);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function testObject(): { t: TestObject; cleanUp: () => Promise<void> } {
  const cleanups: (() => unknown)[] = [];
  const t: TestObject = {
    add_cleanup: (f) => void cleanups.push(f),
    unreached_func: (text) => () => {
      throw new AssertionError(`reached: ${text ?? ''}`);
    },
    step_func: (f) => f,
    step: (f) => f(),
    done: () => {},
  };
  return {
    t,
    async cleanUp() {
      for (const f of cleanups) await f();
    },
  };
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return `thrown: ${formatValue(error)}`;
  const at = /\n\s+at (.*)/.exec(error.stack ?? '')?.[1];
  return `${error.name}: ${error.message}${at === undefined ? '' : ` (${at})`}`;
}
