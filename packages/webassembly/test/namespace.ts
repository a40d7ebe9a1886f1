/**
 * Operations on a `WebAssembly` object and what comes of each: run on the host's own and on ours, the two lists must be
 * equal but for what is listed. Shapes of everything, conversions of arguments, errors by class.
 */

// biome-ignore lint/suspicious/noExplicitAny: either object
type Any = any;

/** How a value is written down. */
function show(value: Any): string {
  if (typeof value === 'function') return `function ${value.name}/${value.length}`;
  if (typeof value === 'symbol') return 'symbol';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  if (value instanceof ArrayBuffer) return `bytes ${[...new Uint8Array(value)]}`;
  if (Array.isArray(value)) return `[${value.map(show)}]`;
  const keys = Object.keys(value).map((key) => `${key}:${show(value[key])}`);
  return `${Object.prototype.toString.call(value)}{${keys}}`;
}

/** The class of an error, as the object names it. */
function thrown(W: Any, error: Any): string {
  for (const name of ['CompileError', 'LinkError', 'RuntimeError'])
    if (error?.constructor === W[name]) return `throws ${name}`;
  return `throws ${error?.constructor?.name ?? String(error)}`;
}

/** Own properties with their attributes. */
function shape(object: Any): string {
  return Reflect.ownKeys(object)
    .map((key) => {
      const { value, get, set, writable, enumerable, configurable } =
        Object.getOwnPropertyDescriptor(object, key)!;
      const flags = [writable && 'w', enumerable && 'e', configurable && 'c'].filter(Boolean);
      const what =
        get === undefined
          ? typeof value === 'function' || typeof value !== 'object'
            ? show(value)
            : 'object'
          : `${show(get)} ${show(set)}`;
      return `${String(key)}=${what} ${flags.join('')}`;
    })
    .sort()
    .join('; ');
}

/**
 * @param W the object
 * @param modules bytes by name: `empty`, `custom`, `every` (imports and exports of each kind), `builtin`, `constant`, `start`
 */
export async function outcomes(
  W: Any,
  modules: Record<string, Uint8Array>,
): Promise<[name: string, outcome: string][]> {
  const list: [string, string][] = [];
  const check = async (name: string, operation: () => unknown): Promise<void> => {
    try {
      list.push([name, show(await operation())]);
    } catch (error) {
      list.push([name, thrown(W, error)]);
    }
  };
  const bytes = modules['empty']!;
  const values: [string, unknown][] = [
    ...[undefined, null, true, 0, 'text', Symbol('s'), {}, [], () => {}].map(
      (value): [string, unknown] => [show(value), value],
    ),
    ['bytes', bytes],
    ['a buffer', bytes.slice().buffer],
    ['a view of words', new Uint16Array(bytes.slice().buffer)],
    ['a DataView', new DataView(bytes.slice().buffer)],
    ['no bytes', new Uint8Array()],
    ['a module', new W.Module(bytes)],
  ];

  await check('shape of WebAssembly', () => shape(W));
  for (const name of ['Module', 'Instance', 'Memory', 'Table', 'Global', 'Tag', 'Exception']) {
    await check(`shape of ${name}`, () => shape(W[name]));
    await check(`shape of ${name}.prototype`, () => shape(W[name].prototype));
    await check(`${name} called`, () => W[name](bytes));
  }
  for (const name of ['CompileError', 'LinkError', 'RuntimeError']) {
    await check(`shape of ${name}.prototype`, () => shape(W[name].prototype));
    await check(`${name} called`, () => W[name]('x') instanceof Error);
    await check(`${name} of a cause`, () => new W[name]('x', { cause: 7 }).cause);
  }
  const module = new W.Module(modules['every']);
  const calls: [string, (...args: unknown[]) => unknown][] = [
    ['validate', (...args) => W.validate(...args)],
    ['compile', (...args) => W.compile(...args)],
    ['instantiate', (...args) => W.instantiate(...args)],
    ['new Module', (...args) => new W.Module(...args)],
    ['new Instance', (...args) => new W.Instance(...args)],
    ['Module.exports', (...args) => W.Module.exports(...args)],
    ['Module.imports', (...args) => W.Module.imports(...args)],
    ['Module.customSections', (...args) => W.Module.customSections(...args)],
  ];
  for (const [name, call] of calls) {
    await check(`${name}()`, () => call());
    for (const [kind, value] of values) {
      await check(`${name}(${kind})`, () => call(value));
      await check(`${name}(bytes, ${kind})`, () => call(bytes, value));
      await check(`${name}(bytes, {}, ${kind})`, () => call(bytes, {}, value));
      await check(`${name}(module, ${kind})`, () => call(module, value));
      await check(`${name}(bytes, builtins ${kind})`, () => call(bytes, { builtins: value }));
      await check(`${name}(bytes, constants ${kind})`, () =>
        call(bytes, { importedStringConstants: value }),
      );
    }
  }
  for (const [name, content] of Object.entries(modules)) {
    await check(`${name}: imports`, () => W.Module.imports(new W.Module(content)));
    await check(`${name}: exports`, () => W.Module.exports(new W.Module(content)));
    for (const section of ['', 'a', 'b', 'name', 7, undefined])
      await check(`${name}: section ${section}`, () =>
        W.Module.customSections(new W.Module(content), section),
      );
    for (const options of [
      { builtins: ['js-string'] },
      { builtins: ['unknown'] },
      { builtins: ['js-string', 'js-string'] },
      { importedStringConstants: "'" },
      { importedStringConstants: '' },
      { builtins: new Set(['js-string']), importedStringConstants: "'" },
    ]) {
      const what = `${name} with ${JSON.stringify(options)}`;
      await check(`${what}: valid`, () => W.validate(content, options));
      await check(`${what}: imports`, () => W.Module.imports(new W.Module(content, options)));
      await check(`${what}: instance`, () => W.instantiate(content, {}, options));
    }
    for (let cut = 1; cut < content.length; cut += 7)
      await check(`${name} without its last ${cut} bytes`, () =>
        W.validate(content.slice(0, -cut)),
      );
  }
  const order: string[] = [];
  await check('order of options', () => {
    W.validate(bytes, {
      get importedStringConstants() {
        order.push('importedStringConstants');
        return undefined;
      },
      get builtins() {
        order.push('builtins');
        return undefined;
      },
    });
    return order;
  });
  await check('an instance is frozen', () => {
    const { exports } = new W.Instance(new W.Module(modules['start']));
    return [Object.isFrozen(exports), Object.getPrototypeOf(exports), shape(exports)];
  });
  await check('exports of another receiver', () =>
    Object.getOwnPropertyDescriptor(W.Instance.prototype, 'exports')!.get!.call({}),
  );
  await check('bytes are copied', async () => {
    const copy = bytes.slice();
    const promise = W.compile(copy);
    copy[0] = 1;
    return (await promise) instanceof W.Module;
  });
  await check('a trap of the start function', () => W.instantiate(modules['trap']));
  await check('a link error', () => W.instantiate(modules['every'], { m: { f: 1 } }));
  return list;
}

/** Where V8 differs from the specification, and what is here is the specification's. */
export const KNOWN = [
  // Hosts add to the namespace, and have members of later versions; constructors are functions of sloppy code.
  /^shape of (WebAssembly|Exception|Memory|Tag|Module|Instance|Table|Global)(\.prototype)?:/,
  // A view of any kind is a buffer source.
  /^(validate|compile|instantiate|new Module)\(a DataView\): throws TypeError, here/,
  // A name that is given as undefined is the text of that.
  /section undefined: throws TypeError|^Module.customSections\(module, undefined\): throws TypeError/,
  // V8 takes options that are no object, and no sequence of names, for none, and takes a name twice.
  /\(bytes, (\{\}, )?(true|0|"text"|symbol)\):/,
  /\(bytes, builtins (null|true|0|"text"|symbol|\[object|function|bytes|a )/,
  /\(bytes, constants symbol\):/,
  / with \{"builtins":(\["js-string","js-string"\]|\{\})/,
  // V8 reads all imports before it looks at the first.
  /^a link error: throws TypeError, here throws LinkError/,
];

/** The same for hosts without compile options: what is read of these. */
export const WITHOUT_OPTIONS = [
  ...KNOWN,
  /\(bytes, (builtins|constants) /,
  / with \{"/,
  /^order of options/,
];
