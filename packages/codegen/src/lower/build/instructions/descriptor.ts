/**
 * Lowerings of the custom-descriptors proposal: a structure whose type has a descriptor type carries its descriptor as
 * the property `q`, which is set once, before anything can see the object. Casts compare descriptors by identity.
 */
import { isNullable, refType, type ValType, withNullable } from '@wasm2js/decoder';
import { constant, eqz, select } from '../../ir/int.js';
import { Fx, helper, I, type Node, R } from '../../ir/ir.js';
import type { FunctionBuilder } from '../builder.js';
import { lowering, loweringOf } from '../builder.js';

for (const name of ['struct.new', 'struct.new_default'])
  lowering(`${name}_desc`, (b) => {
    const { stack, ctx, reader } = b;
    // The descriptor is evaluated behind the fields, and null traps before there is an object.
    stack.forceTop(1);
    const descriptor = stack.pop();
    stack.effect(helper(ctx.helper('_descriptor_given'), I, Fx.trap, [descriptor]));
    loweringOf(name)(b);
    const object = stack.pop();
    const type = refType(reader.x, false);
    stack.push(type, helper(ctx.helper('_describe_object'), R, Fx.writeHeap, [object, descriptor]));
  });

lowering('ref.get_desc', (b) => {
  const { stack, ctx, module, reader } = b;
  const type = module.types[reader.x]!.descriptor!;
  const found = helper(ctx.helper('_descriptor_of'), R, Fx.trap, [stack.pop()]);
  stack.push(refType(type, false), found);
});

/** Pops a descriptor and, below it, a reference, which stays: 1 where the reference is null or so described. */
function isDescribed(b: FunctionBuilder, target: ValType): { a: Node; test: Node } {
  const { stack, ctx } = b;
  stack.forceTop(2);
  const descriptor = stack.pop();
  const a = stack.slots[stack.slots.length - 1]!;
  const nullable = constant(isNullable(target) ? 1 : 0);
  const test = helper(ctx.helper('_is_described'), I, Fx.trap, [a, descriptor, nullable]);
  return { a, test };
}

for (const name of ['ref.cast_desc_eq', 'ref.cast_desc_eq_null'])
  lowering(name, (b) => {
    const { stack, ctx, reader } = b;
    const { a, test } = isDescribed(b, reader.reftype);
    stack.pop();
    const failure = helper(ctx.helper('_descriptor_failure'), R, Fx.trap, []);
    stack.push(reader.reftype, select(R, test, a, failure));
  });

for (const fail of [false, true])
  lowering(`br_on_cast_desc_eq${fail ? '_fail' : ''}`, (b) => {
    const { stack, reader } = b;
    const { x, reftype, reftype2 } = reader;
    const { test } = isDescribed(b, reftype2);
    const matches = stack.toTemp(test);
    b.branchIf(x, fail ? eqz(matches) : matches);
    const rest = isNullable(reftype2) ? withNullable(reftype, false) : reftype;
    stack.types[stack.types.length - 1] = fail ? reftype2 : rest;
  });
