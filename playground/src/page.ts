/** The page: takes a module, shows what it has become, and runs it. The work is done by two workers. */
import type {
  Compiled,
  CompileReply,
  CompileRequest,
  Outcome,
  RunReply,
  RunRequest,
} from './protocol.js';

const element = <T extends HTMLElement = HTMLElement>(id: string): T =>
  document.getElementById(id) as T;
const input = (id: string): HTMLInputElement => element<HTMLInputElement>(id);

/** So much of the script is shown at first. */
const SHOWN = 100_000;

const EXAMPLE = `(module
  ;; The greatest common divisor
  (func $gcd (export "gcd") (param $a i32) (param $b i32) (result i32)
    (if (i32.eqz (local.get $b)) (then (return (local.get $a))))
    (return_call $gcd
      (local.get $b)
      (i32.rem_u (local.get $a) (local.get $b))))

  ;; Sums of squares, by a loop
  (func (export "squares") (param $n i64) (result i64)
    (local $sum i64)
    (loop $again
      (local.set $sum
        (i64.add (local.get $sum) (i64.mul (local.get $n) (local.get $n))))
      (local.set $n (i64.sub (local.get $n) (i64.const 1)))
      (br_if $again (i64.gt_s (local.get $n) (i64.const 0))))
    (local.get $sum)))
`;

/** Asks a worker, which is ended if another question comes first: it may never answer. */
class Asker<Q, A> {
  private worker: Worker | undefined;
  private cancel: (() => void) | undefined;

  constructor(
    private readonly script: string,
    /** Keep the worker for the next question? */
    private readonly keep: boolean,
  ) {}

  /** @returns undefined where another question came first */
  ask(question: Q): Promise<A | undefined> {
    this.cancel?.();
    this.worker ??= new Worker(this.script, { type: 'module' });
    const { worker } = this;
    return new Promise((resolve, reject) => {
      const done = (answer: A | undefined): void => {
        this.cancel = undefined;
        if (answer === undefined || !this.keep) {
          worker.terminate();
          this.worker = undefined;
        }
        resolve(answer);
      };
      this.cancel = () => done(undefined);
      worker.onmessage = ({ data }: MessageEvent<A>) => done(data);
      worker.onerror = ({ message }) => {
        done(undefined);
        reject(new Error(message || `${this.script} cannot be loaded`));
      };
      worker.postMessage(question);
    });
  }
}

const compiler = new Asker<CompileRequest, CompileReply>('compile-worker.js', true);
const runner = new Asker<RunRequest, RunReply>('run-worker.js', false);

let current: Compiled | undefined;
let name = 'module';

const say = (text: string, className = ''): void => {
  element('status').textContent = text;
  element('status').className = className;
};

const bytes = (count: number): string => `${count.toLocaleString('en')} bytes`;

const duration = (milliseconds: number): string => {
  if (milliseconds >= 100) return `${Math.round(milliseconds)} ms`;
  if (milliseconds >= 0.1) return `${milliseconds.toPrecision(3)} ms`;
  return `${(milliseconds * 1e6).toPrecision(3)} ns`;
};

/** Fills a table with rows of texts; the first cell of each is its head. */
const fill = (id: string, rows: readonly (readonly string[])[]): void => {
  element(id).replaceChildren(
    ...rows.map((cells) => {
      const row = document.createElement('tr');
      cells.forEach((text, i) => {
        const cell = document.createElement(i === 0 ? 'th' : 'td');
        cell.textContent = text;
        row.append(cell);
      });
      return row;
    }),
  );
};

/** Lets a link offer a file. */
const offer = (link: HTMLAnchorElement, content: Blob, file: string): void => {
  if (link.href.startsWith('blob:')) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(content);
  link.download = file;
};

const showScript = async (script: Blob, all: boolean): Promise<void> => {
  const text = await (all ? script : script.slice(0, SHOWN)).text();
  element('script').textContent = text;
  element('all').hidden = all || script.size <= SHOWN;
};

/** What stands in the way of calling exports; undefined where nothing does. */
const obstacle = ({ listing }: Compiled): string | undefined => {
  const other = listing.imports.find(({ kind }) => kind !== 'func');
  if (other === undefined) return undefined;
  return `It imports ${other.module}.${other.name}, ${other.type}, which this page does not have. Download it and give it that.`;
};

const show = async (compiled: Compiled): Promise<void> => {
  const { listing, sizes, times, command, script, dts } = compiled;
  current = compiled;
  element('result').hidden = false;
  element('outcome').hidden = true;
  element('title').textContent = name;
  const steps = Object.entries(times).map(([step, time]) => `${step} ${duration(time)}`);
  fill('facts', [
    ['features', listing.features.join(', ')],
    ['WebAssembly', `${bytes(sizes.wasm)}, ${bytes(sizes.wasmGzip)} gzipped`],
    ['JavaScript', `${bytes(sizes.script)}, ${bytes(sizes.scriptGzip)} gzipped`],
    ['functions', String(listing.code.functions)],
    ['imports', listing.imports.map((item) => `${item.module}.${item.name}`).join(', ') || 'none'],
    ['exports', listing.exports.map((item) => item.name).join(', ') || 'none'],
    ['time', steps.join(', ')],
  ]);
  await showScript(script, false);
  const stem = name.replace(/\.[^.]*$/, '') || 'module';
  offer(element<HTMLAnchorElement>('download'), script, `${stem}.mjs`);
  offer(
    element<HTMLAnchorElement>('declarations'),
    new Blob([dts], { type: 'text/plain' }),
    `${stem}.d.mts`,
  );
  const why = command ? undefined : obstacle(compiled);
  const functions = listing.exports.filter(({ kind }) => kind === 'func');
  element('command').hidden = !command;
  element('call').hidden = command || why !== undefined || functions.length === 0;
  element('why').hidden = why === undefined;
  element('why').textContent = why ?? '';
  element('export').replaceChildren(
    ...functions.map(({ name: own, type }) => new Option(`${own} ${type}`, own)),
  );
};

/** Compiles and shows what comes of it. */
const compileSource = async (source: CompileRequest['source']): Promise<void> => {
  say('compiling …');
  try {
    const names = input('minify').checked ? 'minify' : 'keep';
    const reply = await compiler.ask({ name, source, names });
    if (reply === undefined) return;
    if ('error' in reply) {
      say(reply.error, 'error');
      element('result').hidden = true;
      return;
    }
    await show(reply.compiled);
    say('compiled');
  } catch (error) {
    say(String(error), 'error');
  }
};

/** What was chosen last: compiled again when options change. */
let chosen: CompileRequest['source'] | undefined;

const take = async (file: File): Promise<void> => {
  name = file.name;
  const content = new Uint8Array(await file.arrayBuffer());
  const binary = content[0] === 0 && content[1] === 0x61;
  chosen = binary ? content : new TextDecoder().decode(content);
  element<HTMLTextAreaElement>('text').value = typeof chosen === 'string' ? chosen : '';
  await compileSource(chosen);
};

/** Shows how runs ended, in the script and by the host's own WebAssembly. */
const showOutcome = ({ script, native }: RunReply): void => {
  const ended = ({ value, error }: Outcome): string => error ?? value ?? '';
  const rows = [['', 'time', 'result']];
  const time = ({ time: spent, calls }: Outcome): string =>
    calls === undefined
      ? duration(spent)
      : `${duration(spent)} a call, of ${calls.toLocaleString('en')}`;
  rows.push(['JavaScript', time(script), ended(script)]);
  if (native === undefined) rows.push(['WebAssembly', '', 'this host has none']);
  else {
    rows.push(['WebAssembly', time(native), ended(native)]);
    if (script.error === undefined && native.error === undefined && native.time > 0)
      rows.push(['ratio', `${(script.time / native.time).toFixed(2)} ×`, '']);
  }
  fill('times', rows);
  element('output').replaceChildren(
    ...script.output.map(({ stream, text }) => {
      const span = document.createElement('span');
      span.textContent = text;
      if (stream === 'err') span.className = 'error';
      return span;
    }),
  );
  element('written').replaceChildren(
    ...script.files.map(([file, content]) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.textContent = `${file} (${bytes(content.length)})`;
      offer(link, new Blob([content]), file);
      item.append(link);
      return item;
    }),
  );
  element('outcome').hidden = false;
};

const ask = async (request: RunRequest): Promise<void> => {
  say('running …');
  try {
    const reply = await runner.ask(request);
    if (reply === undefined) return;
    showOutcome(reply);
    say('done');
  } catch (error) {
    say(String(error), 'error');
  }
};

/** Arguments by the types of the parameters. @throws TypeError for what cannot be typed in */
const parseValues = (text: string, type: string): (number | bigint)[] => {
  const types = /\(param ([^)]*)\)/.exec(type)?.[1]?.split(' ') ?? [];
  const words = text.split(/[\s,]+/).filter(Boolean);
  if (words.length !== types.length) {
    throw new TypeError(
      `it takes ${types.length} arguments${types.length ? `: ${types.join(', ')}` : ''}`,
    );
  }
  return words.map((word, i) => {
    if (types[i] === 'i64') return BigInt(word);
    if (!/^[if]\d\d$/.test(types[i]!)) throw new TypeError(`${types[i]} cannot be typed in`);
    return Number(word);
  });
};

const onSubmit = (id: string, action: () => Promise<void>): void =>
  element(id).addEventListener('submit', (event) => {
    event.preventDefault();
    action().catch((error: unknown) =>
      say(error instanceof Error ? error.message : String(error), 'error'),
    );
  });

onSubmit('input', async () => {
  const { value } = element<HTMLTextAreaElement>('text');
  if (typeof chosen !== 'object') {
    name = name.endsWith('.wasm') ? 'module.wat' : name;
    chosen = value;
  }
  await compileSource(chosen);
});

element('text').addEventListener('input', () => {
  chosen = undefined;
  name = 'module.wat';
});

onSubmit('call', async () => {
  const { script, wasm, listing } = current!;
  const own = element<HTMLSelectElement>('export').value;
  const { type } = listing.exports.find((item) => item.name === own)!;
  const args = parseValues(input('values').value, type);
  const { checked: measure } = input('measure');
  const imports = listing.imports;
  await ask({ kind: 'call', script, wasm, name: own, args, imports, measure });
});

onSubmit('command', async () => {
  const { script, wasm } = current!;
  const files: [string, Uint8Array<ArrayBuffer>][] = [];
  for (const file of input('files').files ?? [])
    files.push([file.name, new Uint8Array(await file.arrayBuffer())]);
  const args = [name, ...input('arguments').value.split(/\s+/).filter(Boolean)];
  const stdin = element<HTMLTextAreaElement>('stdin').value;
  await ask({ kind: 'command', script, wasm, args, stdin, files });
});

element('all').addEventListener('click', () => void showScript(current!.script, true));

input('file').addEventListener('change', () => {
  const [file] = input('file').files ?? [];
  if (file !== undefined) void take(file);
});
input('minify').addEventListener('change', () => {
  if (chosen !== undefined) void compileSource(chosen);
});

const drop = element('drop');
for (const type of ['dragenter', 'dragover', 'dragleave', 'drop']) {
  addEventListener(type, (event) => {
    event.preventDefault();
    drop.classList.toggle('over', type === 'dragenter' || type === 'dragover');
  });
}
addEventListener('drop', (event) => {
  const [file] = event.dataTransfer?.files ?? [];
  if (file !== undefined) void take(file);
});

element<HTMLTextAreaElement>('text').value = EXAMPLE;
