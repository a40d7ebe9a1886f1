/**
 * Types of imports and definitions: limits, memories, tables, globals and tags (specification,
 * section 3.2 "Types").
 */

import {
  type ExternType,
  type GlobalType,
  InvalidError,
  type Limits,
  type MemoryType,
  type TableType,
} from '@wasm2js/decoder';
import type { ModuleContext } from './context.js';

/** The page sizes that the custom page sizes proposal allows: one byte and 64 KiB. */
const PAGE_SIZES_LOG2: readonly number[] = [0, 16];

/**
 * Both limits are within the range of their unit, and in order.
 * @param limits what the module says
 * @param bound the largest value, in pages or elements
 * @param message what to say when a limit is larger
 */
function checkLimits(limits: Limits, bound: number, message: string, offset: number): void {
  const { min, max } = limits;
  if (min > bound || (max !== undefined && max > bound)) {
    throw new InvalidError(`${message}, found ${Math.max(min, max ?? 0)}`, { offset });
  }
  if (max !== undefined && min > max) {
    throw new InvalidError(
      `size minimum must not be greater than maximum: minimum ${min}, maximum ${max}`,
      { offset },
    );
  }
}

/**
 * Validates a memory type (section 3.2, "Memory Types", and the proposals for threads and custom
 * page sizes).
 * @throws {InvalidError} "invalid custom page size", "memory size", "size minimum must not be
 *   greater than maximum", "shared memory must have maximum"
 */
export function checkMemoryType({ limits, pageSizeLog2, offset }: MemoryType): void {
  if (!PAGE_SIZES_LOG2.includes(pageSizeLog2)) {
    throw new InvalidError(
      `invalid custom page size: expected 1 or 65536, found 2^${pageSizeLog2}`,
      {
        offset,
      },
    );
  }
  const { addr64, shared, max } = limits;
  const bits = (addr64 ? 64 : 32) - pageSizeLog2;
  // With pages of one byte the size itself must be an address.
  const bound = pageSizeLog2 === 0 ? 2 ** bits - 1 : 2 ** bits;
  const amount = !addr64 && pageSizeLog2 === 16 ? '65536 pages (4GiB)' : `${bound} pages`;
  checkLimits(limits, bound, `memory size must be at most ${amount}`, offset);
  if (shared && max === undefined) {
    throw new InvalidError('shared memory must have maximum', { offset });
  }
}

/**
 * Validates a table type (section 3.2, "Table Types").
 * @throws {InvalidError} "table size", "size minimum must not be greater than maximum",
 *   "unknown type"
 */
export function checkTableType(
  context: ModuleContext,
  { limits, element, offset }: TableType,
): void {
  const bound = limits.addr64 ? 2 ** 64 - 1 : 2 ** 32 - 1;
  checkLimits(limits, bound, `table size must be at most ${bound} elements`, offset);
  context.checkValType(element, offset);
}

/**
 * Validates a tag type (section 3.2, "Tag Types").
 * @throws {InvalidError} "unknown type", "non-empty tag result type"
 */
export function checkTagType(context: ModuleContext, type: number, offset: number): void {
  const { results } = context.funcType(type, offset);
  if (results.length > 0) {
    throw new InvalidError(
      `non-empty tag result type: expected no results, found ${results.length}`,
      {
        offset,
      },
    );
  }
}

/**
 * Validates the type of an import (section 3.2, "External Types").
 * @throws {InvalidError} see the checks of the single kinds
 */
export function checkExternType(context: ModuleContext, type: ExternType, offset: number): void {
  switch (type.kind) {
    case 'func':
      context.funcType(type.type, offset);
      break;
    case 'table':
      checkTableType(context, type);
      break;
    case 'memory':
      checkMemoryType(type);
      break;
    case 'global':
      checkGlobalType(context, type, offset);
      break;
    case 'tag':
      checkTagType(context, type.type, offset);
      break;
  }
}

/**
 * Validates a global type (section 3.2, "Global Types").
 * @throws {InvalidError} "unknown type"
 */
export function checkGlobalType(
  context: ModuleContext,
  { type }: GlobalType,
  offset: number,
): void {
  context.checkValType(type, offset);
}
