/** Memories and their resizable buffers: what comes of each operation, on the host's object and on ours. */

/**
 * @param W the object
 * @param bytes a module that imports a memory of 1 to 3 pages and exports `size`, `grow`, `get` and `set`
 * @returns the name and outcome of each
 */
export function outcomes(W, bytes) {
  const list = [];
  const check = (name, run) => {
    try {
      list.push([name, JSON.stringify(run()) ?? 'undefined']);
    } catch (error) {
      list.push([name, `throws ${error.constructor.name}`]);
    }
  };
  const page = 65536;
  const descriptors = {
    growing: { initial: 1, maximum: 3 },
    full: { initial: 1, maximum: 1 },
    empty: { initial: 0, maximum: 0 },
    endless: { initial: 1 },
  };
  for (const [kind, descriptor] of Object.entries(descriptors)) {
    const memory = new W.Memory(descriptor);
    const first = memory.buffer;
    check(`${kind}: fixed already`, () => memory.toFixedLengthBuffer() === first);
    if (first.byteLength > 0) new Uint8Array(first)[7] = 9;
    let buffer = first;
    check(`${kind}: resizable`, () => {
      buffer = memory.toResizableBuffer();
      return [buffer === memory.buffer, buffer.resizable, buffer.maxByteLength, first.byteLength];
    });
    check(`${kind}: again`, () => memory.toResizableBuffer() === buffer);
    check(`${kind}: contents`, () => new Uint8Array(memory.buffer)[7]);
    for (const length of [page, page + 1, 0, -1, 'x', 2 * page, page, 4 * page])
      check(`${kind}: resize to ${length}`, () => [
        buffer.resize(length),
        memory.buffer === buffer,
      ]);
    check(`${kind}: length`, () => [buffer.byteLength, memory.buffer.byteLength]);
    for (const delta of [0, 1, 1])
      check(`${kind}: grow by ${delta}`, () => [memory.grow(delta), memory.buffer === buffer]);
    check(`${kind}: transfer`, () => buffer.transfer().byteLength);
    check(`${kind}: fixed`, () => {
      const fixed = memory.toFixedLengthBuffer();
      return [fixed === memory.buffer, fixed.resizable, buffer.byteLength, fixed.byteLength];
    });
    check(`${kind}: contents, later`, () => new Uint8Array(memory.buffer)[7]);
  }
  const memory = new W.Memory(descriptors.growing);
  const { size, grow, get, set } = new W.Instance(new W.Module(bytes), { m: { m: memory } })
    .exports;
  set(3, 5);
  const buffer = memory.toResizableBuffer();
  const view = new Uint8Array(buffer);
  check('code sees it', () => [get(3), (view[4] = 6), get(4), size()]);
  check('code grows it', () => [grow(1), view.length, view[3], memory.buffer === buffer]);
  check('code sees what is new', () => [set(2 * page - 1, 8), view[2 * page - 1]]);
  check('and nothing beyond', () => get(2 * page));
  check('what JavaScript grows, too', () => [buffer.resize(3 * page), size(), get(3 * page - 1)]);
  check('no more', () => grow(1));
  check('back', () => [memory.toFixedLengthBuffer().byteLength, view.length, get(3), size()]);
  const other = new W.Memory(descriptors.growing);
  check('back and grown', () => {
    const resizable = other.toResizableBuffer();
    const fixed = other.toFixedLengthBuffer();
    return [
      other.grow(1),
      fixed.byteLength,
      resizable.byteLength,
      other.buffer.byteLength,
      other.buffer.resizable,
    ];
  });
  for (const name of ['toResizableBuffer', 'toFixedLengthBuffer']) {
    check(`${name} of another`, () => W.Memory.prototype[name].call({}));
    check(`shape of ${name}`, () => {
      const { value, ...flags } = Object.getOwnPropertyDescriptor(W.Memory.prototype, name);
      return [flags, value.name, value.length, 'prototype' in value];
    });
  }
  return list;
}
