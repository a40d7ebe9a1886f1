/**
 * The statement by which an instance can be put back to what it was (`CompileOptions.restorable`): gets the context once
 * all functions are lowered, gives source. All that code can change is noted: globals, memories, tables and dropped
 * segments of the module's own; those that are imported are noted by whoever made them.
 */
import type { ModuleContext } from '../context.js';

/**
 * A call of `options.keep`, behind everything else that `instantiate` does: its argument notes the state when it is called,
 * and gives a function that puts it back. There is none where code could change what cannot be put back: objects,
 * a memory that threads share, a tank of fuel.
 * @param tables those that the instance makes
 */
export function keepStatement(ctx: ModuleContext, tables: readonly number[]): string {
  const { module } = ctx;
  const { importCounts } = module;
  const memories = module.memoryTypes.slice(importCounts.memory);
  const objects = module.types.some(({ comp }) => comp.kind !== 'func');
  if (objects || ctx.fuel !== undefined || module.memoryTypes.some(({ limits }) => limits.shared))
    return 'options?.keep?.();';
  const variables: string[] = [];
  module.globals.forEach(({ mutable }, i) => {
    if (mutable) variables.push(...ctx.global(importCounts.global + i).parts);
  });
  module.datas.forEach((_, i) => {
    if (ctx.usedDatas.has(i)) variables.push(ctx.data(i));
  });
  module.elems.forEach((_, i) => {
    if (ctx.usedElems.has(i)) variables.push(ctx.elem(i));
  });
  const notes = memories.map(
    (_, i) => `${ctx.helper('_note_memory')}(M${importCounts.memory + i})`,
  );
  for (const index of tables) notes.push(`${ctx.helper('_note_table')}(T${index})`);
  const put = variables.map((name, i) => `${name}=a[${i}]`);
  return `options?.keep?.(()=>{const a=[${variables.join(',')}],b=[${notes.join(',')}];return()=>{${put.join(';')};for(const c of b)c()}});`;
}
