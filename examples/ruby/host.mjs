// Runs CRuby as the npm packages @ruby/*-wasm-wasi carry it: not a command, but a library that the
// class RubyVM of @ruby/wasm-wasi drives.
//
//   wasm2js run ruby+stdlib.wasm --host host.mjs --dir . -- -e 'puts [1, 2, 3].sum'

import { RubyVM } from '@ruby/wasm-wasi';

/** A string as a Ruby literal. */
const literal = (text) => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** Splits arguments as `ruby` does: its own options, the program, the program's arguments. */
const parse = (args) => {
  const start = args.findIndex((argument) => argument === '-e' || !argument.startsWith('-'));
  const [first, ...rest] = start < 0 ? [] : args.slice(start);
  const inline = first === '-e';
  const program = inline ? rest.shift() : first;
  if (program === undefined) throw new Error('ruby: a file or -e CODE is needed');
  return { options: args.slice(0, start), inline, program, rest };
};

/** Ruby that runs a program and tells its exit status. */
const runner = ({ inline, program, rest }) => `
  $0 = ${inline ? `'-e'` : literal(program)}
  ARGV.replace([${rest.map(literal).join()}])
  begin
    ${inline ? `eval(${literal(program)}, TOPLEVEL_BINDING, '-e')` : 'load($0)'}
    0
  rescue SystemExit => error
    error.status
  rescue Exception => error
    warn error.full_message(highlight: false)
    1
  ensure
    $stdout.flush
  end`;

/** Runs `ruby ARGUMENTS` in a module compiled by wasm2js, or in one of the engine's; tells its status. */
export default async ({ instantiate, wasi, args: [name, ...args] }) => {
  const command = parse(args);
  const vm = new RubyVM();
  const imports = { ...wasi.getImportObject() };
  vm.addToImports(imports);
  // RubyVM wants an instance of the engine's own class, of which it reads the exports only.
  const instance = Object.create(globalThis.WebAssembly?.Instance.prototype ?? null, {
    exports: { value: instantiate(imports) },
  });
  wasi.initialize(instance);
  await vm.setInstance(instance);
  vm.initialize([name, '-EUTF-8', ...command.options, '-e_=0']);
  return Number(vm.eval(runner(command)).toString());
};
