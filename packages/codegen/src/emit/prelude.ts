/**
 * What stands in front of `instantiate` in every emitted module: the support library's helpers in use, result
 * channels, descriptors and classes of types, the factories of the boundary. Everything must have been asked for.
 */
import { AHEAD } from '../ahead.js';
import { type ChannelClass, type ModuleContext, VIEW_METHODS } from '../context.js';
import { mathName } from '../names.js';
import { printHelpers, reachableHelpers } from '../support/library.js';
import type { Boundary } from './boundary.js';
import { classDefinitions, typeDefinitions } from './values.js';

/**
 * The helpers that the module needs, with all that they need; the channels that they use are declared.
 * @returns a closed set, with the names that the emitter has to define
 */
export function neededHelpers(ctx: ModuleContext): Set<string> {
  // Asking for them registers more helpers.
  classDefinitions(ctx);
  typeDefinitions(ctx);
  let helpers = reachableHelpers(ctx.helpers);
  if (helpers.has('_NewMemory')) helpers = reachableHelpers([...helpers, newMemory(ctx)]);
  for (const name of helpers) {
    const channel = /^_([hdr])(\d+)$/.exec(name);
    if (channel !== null) ctx.channel(channel[1] as ChannelClass, Number(channel[2]));
  }
  return helpers;
}

/**
 * The statements themselves.
 * @param helpers from `neededHelpers`
 * @param data what the segments' bytes need
 */
export function preludeSource(
  ctx: ModuleContext,
  boundary: Boundary,
  helpers: Set<string>,
  data: string,
): string[] {
  const types = [...typeDefinitions(ctx), ...classDefinitions(ctx)];
  const memory = newMemory(ctx);
  const names = new Map(AHEAD ? ctx.numbers : []);
  const isAsked = ctx.helpers.has(memory);
  if (!isAsked) names.set(memory, '_NewMemory');
  else if (AHEAD && ctx.numbered) names.set('_NewMemory', ctx.numbers.get(memory)!);
  const isPlain = AHEAD && ctx.numbered && !ctx.shortMethods;
  if (isPlain) names.set('_View', 'DataView');
  const owner = helpers.has('_owner') ? ownerSource(ctx, boundary) : '';
  return [
    ...(helpers.has('_View') && !isPlain ? [viewSource(ctx)] : []),
    nibbleTables(ctx),
    byteTables(ctx),
    AHEAD ? mathVariables(ctx) : '',
    printHelpers(helpers, ctx.helpers, names),
    ...(isAsked && !(AHEAD && ctx.numbered) ? [`const _NewMemory=${memory}\n`] : []),
    channelVariables(ctx),
    data,
    ...types,
    ...(boundary.plain ? [owner] : []),
    ...boundary.source,
    ...(boundary.plain ? [] : [owner]),
  ];
}

const INITIAL: Record<ChannelClass, string> = { h: '0', d: '0', r: 'null' };

/** The channels' variables and counters that are in use; `var`, since a `let` is tested at every access. */
function channelVariables(ctx: ModuleContext): string {
  const lines = (['h', 'd', 'r'] as const).flatMap((cls) => {
    const line = (name: string): string => `var ${name}=${INITIAL[cls]};\n`;
    return [
      ...Array.from({ length: ctx.channels[cls] }, (_, i) => line(`_${cls}${i}`)),
      ...Array.from({ length: ctx.outlineChannels[cls] }, (_, i) => line(`_o${cls}${i}`)),
    ];
  });
  if (AHEAD) lines.push(...[...ctx.counters].map(([name, first]) => `const ${name}=${first};\n`));
  return lines.join('');
}

/** The tables of swizzles with constant bytes. */
export function nibbleTables(ctx: ModuleContext): string {
  const line = ([name, words]: [string, readonly number[]]): string =>
    `const ${name}=${ctx.helper('_nibble_table')}(${words.join()})\n`;
  return [...ctx.nibbleTables].map(line).join('');
}

/** Functions of `Math` that bodies name by variables; `var`, since a `const` is tested at every access. */
const mathVariables = ({ mathFunctions }: ModuleContext): string =>
  [...mathFunctions].map((name) => `var ${mathName(name)}=Math.${name}\n`).join('');

/** The tables of what is calculated of single bytes. */
export function byteTables({ byteTables }: ModuleContext): string {
  const line = ([name, bytes]: [string, readonly number[]]): string =>
    `const ${name}=Uint8Array.of(${bytes.join()})\n`;
  return [...byteTables].map(line).join('');
}

/**
 * The class of memories that a module makes. Growth has a price in text; small modules that do not grow
 * memories themselves copy when JavaScript grows one.
 */
export function newMemory(ctx: ModuleContext): string {
  return ctx.helpers.has('_memory_grow') || ctx.shortMethods ? '_GrowingMemory' : '_MemoryState';
}

/** The class of memory views: `DataView`, with short names for the methods that functions call. */
function viewSource({ shortMethods }: ModuleContext): string {
  if (!shortMethods) return 'const _View=DataView;\n';
  const methods = Object.entries(VIEW_METHODS).map(([method, short]) => `${short}:d.${method}`);
  return (
    'function _View(b,o,l){return Reflect.construct(DataView,[b,o,l],_View)}\n' +
    '_View.prototype=Object.create(DataView.prototype)\n' +
    `{const d=DataView.prototype;Object.assign(_View.prototype,{${methods.join()}})}\n`
  );
}

/** What other modules need to call a function of this one, and to make its exported function. */
function ownerSource(ctx: ModuleContext, boundary: Boundary): string {
  const { plain } = boundary;
  const wrappers = [...boundary.exported].map((type) => `[${ctx.typeName(type)},W${type}]`);
  const natives = boundary.imported.map((type) => `[${ctx.typeName(type)},H${type}]`);
  const suspending = ctx.suspendable
    ? `,s:new Map([${boundary.exported.map((type) => `[${ctx.typeName(type)},NW${type}]`)}])`
    : '';
  const parts = (['h', 'd', 'r'] as const).map((cls) => {
    const indices = Array.from({ length: ctx.channels[cls] }, (_, i) => i);
    if (indices.length === 0) return '';
    // Most have one result or two words.
    if (AHEAD && plain && indices.length < 3)
      return `,${cls}:{get:i=>${indices.length > 1 ? `i?_${cls}1:` : ''}_${cls}0}`;
    const get = indices.map((i) => `case ${i}:return _${cls}${i};`).join('');
    const set = indices.map((i) => `case ${i}:_${cls}${i}=v;break;`).join('');
    const setter = plain ? '' : `,set(i,v){switch(i){${set}}}`;
    return `,${cls}:{get(i){switch(i){${get}}}${setter}}`;
  });
  if (plain) return `const _owner={${parts.join('').slice(1)}}\n`;
  return `const _owner={w:new Map([${wrappers}]),n:new Map([${natives}])${suspending}${parts.join('')}}\n`;
}
