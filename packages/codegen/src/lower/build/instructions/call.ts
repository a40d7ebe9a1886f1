/** Lowerings of calls. */
import { F32, F64, type FuncType, isNullable, type ValType } from '@wasm2js/decoder';
import { isExactNow } from '../../analyses/floats.js';
import { binary, constant, isAtom } from '../../ir/int.js';
import {
  type CallTarget,
  conflicts,
  D,
  exprStmt,
  F,
  FX_CALL,
  Fx,
  get,
  helper,
  I,
  type IrType,
  ifStmt,
  Node,
  nameNode,
  Op,
  R,
  S,
  Stmt,
  setList,
  setStmt,
} from '../../ir/ir.js';
import { slotCount, slotTotal, slotType } from '../../ir/slots.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering } from '../builder.js';

/** Pops the arguments of a call; float arguments whose bits are wanted become atoms. */
function popArguments(b: FunctionBuilder, params: ValType[], bits: boolean[] | undefined): Node[] {
  const { stack } = b;
  const count = slotTotal(params);
  if (bits !== undefined)
    for (let i = 0; i < count; i++) {
      const node = stack.slots[stack.slots.length - count + i]!;
      if (bits[i] && !isExactNow(node)) stack.force(count - 1 - i);
    }
  return stack.popValues(params.length);
}

/** For each argument component: is it a float whose bits the callee may want? */
function allBits(params: ValType[]): boolean[] | undefined {
  if (!params.some((type) => type === F32 || type === F64)) return undefined;
  return params.flatMap((type) =>
    new Array<boolean>(slotCount(type)).fill(type === F32 || type === F64),
  );
}

function callNode(
  b: FunctionBuilder,
  type: IrType,
  target: CallTarget,
  a: Node | null,
  list: Node[],
): Node {
  const { changesTable, indirectChangesTable } = b.facts;
  const changes = target.kind === 'func' ? changesTable[target.index] === 1 : indirectChangesTable;
  let fx = (changes ? FX_CALL : FX_CALL & ~Fx.writeTable) | (a === null ? 0 : a.fx);
  for (const arg of list) fx |= arg.fx;
  const node = new Node(Op.Call, type, fx, a, null, null, 0);
  node.call = target;
  setList(node, list);
  return node;
}

/** Pushes the results of a call, whose first component it returns. */
function pushResults(b: FunctionBuilder, call: Node, results: ValType[], exact: boolean): void {
  const { stack, ctx } = b;
  const grows = call.call!.grows;
  if (results.length === 0) {
    stack.effect(call);
    if (grows) stack.out.push(new Stmt(S.Reload));
    return;
  }
  const isFloat = call.type === F || call.type === D;
  if (!grows && results.length === 1 && slotCount(results[0]!) === 1 && (exact || !isFloat)) {
    stack.push(results[0]!, call);
    return;
  }
  const nodes = [stack.toTemp(call)];
  const next = { h: 0, d: 0, r: 0 };
  let first = true;
  for (const type of results) {
    const irType = slotType(type);
    for (let i = 0; i < slotCount(type); i++) {
      if (first) {
        first = false;
        continue;
      }
      const cls = irType === I ? 'h' : irType === R ? 'r' : 'd';
      nodes.push(stack.toTemp(nameNode(ctx.channel(cls, next[cls]++), irType)));
    }
  }
  // The bits of float results follow in the channel of integers; they count for NaNs only.
  if (!exact) {
    let slot = 0;
    for (const type of results) {
      if (type === F32 || type === F64) {
        nodes[slot] = withBits(b, nodes[slot]!, type, next);
      }
      slot += slotCount(type);
    }
  }
  if (grows) stack.out.push(new Stmt(S.Reload));
  let slot = 0;
  for (const type of results) {
    const count = slotCount(type);
    stack.pushValue(type, nodes.slice(slot, slot + count));
    slot += count;
  }
}

/** A float variable holding number `x` of a call, with the bits that came through the channel. */
function withBits(b: FunctionBuilder, x: Node, type: ValType, next: { h: number }): Node {
  const { stack, ctx } = b;
  const words: Node[] = [];
  for (let i = 0; i < (type === F64 ? 2 : 1); i++)
    words.push(nameNode(ctx.channel('h', next.h++), I));
  const node = new Node(Op.Received, x.type, Fx.readState, x, words[0]!, words[1] ?? null, 0);
  const v = stack.temp(x.type);
  stack.out.push(setStmt(v, node));
  return get(v);
}

const firstType = (results: ValType[]): IrType => (results.length ? slotType(results[0]!) : I);

lowering('call', (b) => callDirectly(b, b.recursion?.target(b.reader.x) ?? b.reader.x));

/** Calls a function, or inlines it. */
function callDirectly(b: FunctionBuilder, index: number): void {
  if (b.inlines(index)) {
    b.inline(index);
    return;
  }
  if (index === b.index) b.callsItself = true;
  const { params, results } = b.funcTypeOf(index);
  const builtin = b.ctx.builtins.helperOf(index);
  if (builtin !== undefined) {
    // Strings do not change; code units are read from arrays, or written into them.
    const writes = builtin === '_string_intoCharCodeArray' ? Fx.writeHeap : 0;
    const fx = Fx.trap | Fx.readHeap | writes;
    const list = b.stack.popValues(params.length);
    const call = helper(b.ctx.helper(builtin), firstType(results), fx, list);
    b.stack.push(results[0]!, writes === 0 ? call : b.stack.toTemp(call));
    return;
  }
  const bits = b.signatures.wantedBits(index);
  const list = popArguments(b, params, bits);
  const target: CallTarget = {
    kind: 'func',
    index,
    type: 0,
    view: '',
    changing: false,
    bits,
    grows: b.facts.grows[index] === 1,
    name: undefined,
  };
  const exact = b.signatures.exactResults(index);
  if (results.length === 1 && (results[0] === F32 || results[0] === F64))
    target.fresh = b.signatures.freshResults(index);
  pushResults(b, callNode(b, firstType(results), target, null, list), results, exact);
}

/** A call whose callee is a value: its target, index or reference, arguments, type. */
interface DynamicCall {
  target: CallTarget;
  a: Node;
  list: Node[];
  type: FuncType;
}

/** Pops index and arguments of an indirect call: its target, the index, the arguments. */
function popIndirect(b: FunctionBuilder): DynamicCall {
  const { reader, stack, ctx } = b;
  const type = b.funcType(reader.x);
  const bits = allBits(type.params);
  const addr64 = b.module.tableTypes[reader.y]!.limits.addr64;
  const target: CallTarget = {
    kind: 'view',
    index: reader.y,
    type: reader.x,
    view: ctx.tableView(reader.y, reader.x),
    changing: b.facts.tableChanges[reader.y]!,
    bits,
    grows: b.facts.indirectGrows,
    name: undefined,
  };
  // JavaScript evaluates the index and reads the callee first; here that comes after the arguments.
  let a = b.popAddress(addr64, '_call64');
  target.among = addr64 ? undefined : b.recursion?.fewEntries(reader.y, reader.x);
  if (target.among !== undefined && !isAtom(a)) a = stack.toTemp(a);
  const callee = a.fx | (target.changing ? Fx.readTable : 0);
  stack.settleTop(slotTotal(type.params), callee);
  const list = popArguments(b, type.params, bits);
  return { target, a, list, type };
}

/**
 * Calls the only function of its type that a table has, which the index must name.
 * @returns whether that is to be done
 */
function callOnlyEntry(b: FunctionBuilder): boolean {
  const { stack, reader, recursion } = b;
  const { x, y } = reader;
  const entries = recursion?.fewEntries(y, x);
  const entry = entries?.[0];
  if (entry === undefined || entries!.length > 1 || b.module.tableTypes[y]!.limits.addr64)
    return false;
  stack.spillAll();
  const index = stack.pop();
  const other = binary(Op.Ne, index, constant(entry.element));
  // Whatever is elsewhere, calling it traps.
  const view = b.ctx.tableView(y, x);
  const target: CallTarget = {
    kind: 'view',
    index: y,
    type: x,
    view,
    changing: false,
    bits: undefined,
    grows: false,
    name: undefined,
    traps: true,
  };
  const wrong = ifStmt(other, [exprStmt(callNode(b, I, target, index, []))]);
  if (other.op !== Op.Const || other.n !== 0) stack.out.push(wrong);
  callDirectly(b, entry.func);
  return true;
}

lowering('call_indirect', (b) => {
  if (callOnlyEntry(b)) return;
  const { target, a, list, type } = popIndirect(b);
  pushResults(b, callNode(b, firstType(type.results), target, a, list), type.results, false);
});

/** Pops the callee and the arguments of a call through a reference. */
function popReference(b: FunctionBuilder): DynamicCall {
  const { stack, ctx, reader } = b;
  const type = b.funcType(reader.x);
  const bits = allBits(type.params);
  const nullable = isNullable(stack.types[stack.types.length - 1]!);
  const found = stack.slots[stack.slots.length - 1]!;
  const callee = stack.force(0);
  stack.pop();
  const usesChannel =
    slotTotal(type.results) > 1 || type.results.some((t) => t === F32 || t === F64);
  const list = popArguments(b, type.params, bits);
  let fx = 0;
  for (const node of list) fx |= node.fx;
  // The null check comes after the arguments.
  if (nullable && conflicts(fx, Fx.trap)) {
    list.forEach((node, i) => {
      list[i] = stack.toTemp(node);
    });
  }
  const checked = (name: string): Node => helper(ctx.helper(name), R, Fx.trap, [callee]);
  const check = usesChannel ? checked('_callee') : nullable ? checked('_nonnull_func') : callee;
  const target: CallTarget = {
    kind: 'ref',
    index: 0,
    type: reader.x,
    view: '',
    changing: false,
    bits,
    grows: b.facts.indirectGrows,
    name: undefined,
  };
  if (found.op === Op.Field)
    target.method = { struct: found.m, field: found.n, checked: check !== callee };
  return { target, a: check, list, type };
}

lowering('call_ref', (b) => {
  const { target, a, list, type } = popReference(b);
  pushResults(b, callNode(b, firstType(type.results), target, a, list), type.results, false);
});

/** Emits a tail call: through the trampoline, or as an ordinary call where that is enough. */
function tailCall(b: FunctionBuilder, target: CallTarget, a: Node | null, list: Node[]): void {
  const { stack } = b;
  const results = b.type.results;
  const call = callNode(b, firstType(results), target, a, list);
  stack.flush(call.fx);
  const stmt = new Stmt(S.TailCall);
  stmt.e = call;
  stmt.late = b.isProtected;
  stack.out.push(stmt);
  b.unreachable();
}

lowering('return_call', (b) => {
  const index = b.reader.x;
  const { params } = b.funcTypeOf(index);
  if (index === b.index) {
    b.restart(params);
    return;
  }
  const bits = b.signatures.wantedBits(index);
  const list = popArguments(b, params, bits);
  tailCall(
    b,
    {
      kind: 'func',
      index,
      type: 0,
      view: '',
      changing: false,
      bits,
      grows: false,
      name: undefined,
    },
    null,
    list,
  );
});
lowering('return_call_indirect', (b) => {
  const { target, a, list } = popIndirect(b);
  tailCall(b, target, a, list);
});
lowering('return_call_ref', (b) => {
  const { target, a, list } = popReference(b);
  tailCall(b, target, a, list);
});
