/**
 * `toFixedLengthBuffer` and `toResizableBuffer` of memories (JS API, "Memories"), added to the realm's class where the
 * host has resizable buffers. No script can hook the host's `resize`: the buffer of a memory has methods of its own,
 * by which the memory takes part.
 */
import { detach, Memory, type MemoryState, memoryState } from './realm.js';

/** The host's classes as they are when this is loaded. */
const resize = (ArrayBuffer.prototype as { resize?: ArrayBuffer['resize'] }).resize;

/** Adds the methods, once. */
export function addResizable(): void {
  if (resize === undefined || 'toResizableBuffer' in Memory.prototype) return;
  const methods = {
    toFixedLengthBuffer(): ArrayBufferLike {
      const state = stateOf(this);
      if (!isResizable(state)) return state.buffer();
      replace(state, new ArrayBuffer(state.u.length));
      return state.buffer();
    },
    toResizableBuffer(): ArrayBufferLike {
      const state = stateOf(this);
      if (state.max === undefined) throw new TypeError('the memory has no maximum');
      if (state.shared) throw new TypeError('shared memories have no growable buffer here');
      if (isResizable(state)) return state.buffer();
      const maxByteLength = state.max * 2 ** state.shift;
      const buffer = new ArrayBuffer(state.u.length, { maxByteLength });
      replace(state, buffer);
      tie(state, buffer);
      return state.buffer();
    },
  };
  Object.assign(Memory.prototype, methods);
}

function stateOf(object: object): MemoryState {
  const state = memoryState(object);
  if (state === undefined) throw new TypeError('the receiver is no WebAssembly.Memory');
  return state;
}

const isResizable = ({ u }: MemoryState): boolean =>
  (u.buffer as { resizable?: boolean }).resizable === true;

/** Goes over to another buffer. The old one is detached, as growth does it. */
function replace(state: MemoryState, buffer: ArrayBuffer): void {
  new Uint8Array(buffer).set(state.u);
  // A buffer of the host's memory is detached by the host alone.
  state.host?.grow(0);
  if (isResizable(state)) untie(state);
  view(state, buffer, state.n, true);
  state.host = null;
  state.exposed = false;
}

/** Has a memory view a buffer, all of it or where the stack is full nothing. @param other is it not that of before? */
function view(state: MemoryState, buffer: ArrayBuffer, pages: number, other: boolean): void {
  const bytes = new Uint8Array(buffer);
  // As long as the memory: views without a length would follow the buffer.
  const [v, u] = [new state.V(buffer, 0, bytes.length), new Uint8Array(buffer, 0, bytes.length)];
  if (other) detach(state.u);
  state.v = v;
  state.u = u;
  state.n = pages;
}

/** Ties a memory and its resizable buffer: growth of either is that of the other. */
function tie(state: MemoryState, buffer: ArrayBuffer): void {
  const page = 2 ** state.shift;
  state.enlarge = (pages) => {
    resize!.call(buffer, pages * page);
    view(state, buffer, pages, false);
  };
  const keep = (): never => {
    throw new TypeError('the buffer of a memory cannot be transferred');
  };
  const methods = {
    resize(length: unknown): undefined {
      const bytes = Math.trunc(+(length as number)) || 0;
      const delta = (bytes - state.u.length) / page;
      if (delta < 0 || !Number.isInteger(delta) || (delta > 0 && state.grow(delta) < 0))
        throw new RangeError(`the memory does not become ${bytes} bytes long`);
    },
    transfer: keep,
    transferToFixedLength: keep,
  };
  for (const [name, value] of Object.entries(methods))
    if (name in ArrayBuffer.prototype)
      Object.defineProperty(buffer, name, { value, configurable: true });
}

/** Gives a memory and its resizable buffer the methods of their classes back. */
function untie(state: MemoryState): void {
  delete (state as Partial<MemoryState>).enlarge;
  const buffer = state.u.buffer as Partial<ArrayBuffer>;
  for (const name of ['resize', 'transfer', 'transferToFixedLength'] as const) delete buffer[name];
}
