/*
 * Putting an instance back to what it was (option `restorable`): what is noted of memories and tables, and put back.
 */

/** Bytes of buffers that are kept for a memory to grow into. */
const _MOST_GROWN = 1 << 25;

/**
 * Notes what is in a memory; what it gives puts that back, and the size. Whoever asks for this is the only one who looks at
 * the memory's buffers, and keeps none of them: so growth detaches none, and one that was grown into serves again.
 */
function _note_memory(memory) {
  const { n, u } = memory;
  let end = u.length;
  while (end > 0 && u[end - 1] === 0) end--;
  let start = 0;
  while (start < end && u[start] === 0) start++;
  const image = u.slice(start, end);
  let grown = [];
  let kept = 0;
  const show = (buffer, pages) => {
    const length = pages * 2 ** memory.shift;
    memory.v = new memory.V(buffer, 0, length);
    memory.u = new Uint8Array(buffer, 0, length);
    memory.n = pages;
  };
  if (memory.enlarge) {
    memory.enlarge = (pages) => {
      // Nothing to make room for: what would be filled next is not what is put back.
      if (pages === memory.n) return;
      const old = memory.u;
      const size = pages * 2 ** memory.shift;
      let bytes = grown.find(({ length }) => length === size);
      if (bytes === undefined) {
        bytes = new Uint8Array(size);
        // So many as allocators that grow step by step use; what is large the host makes and forgets.
        kept += size;
        if (kept > _MOST_GROWN) {
          grown = [];
          kept = size;
        }
        if (size <= _MOST_GROWN) grown.push(bytes);
      } else bytes.fill(0, old.length);
      bytes.set(old);
      show(bytes.buffer, pages);
    };
  }
  return () => {
    if (memory.u.buffer !== u.buffer) show(u.buffer, n);
    u.fill(0, 0, start);
    u.set(image, start);
    u.fill(0, end);
  };
}

/** Notes what is in a table; what it gives puts that back. */
function _note_table(table) {
  const { a, w } = table;
  const refs = a.slice();
  return () => {
    if (a.length > refs.length) {
      a.length = refs.length;
      for (let k = 0; k < w.length; k++) w[k].a.length = refs.length;
    }
    for (let i = 0; i < refs.length; i++) if (a[i] !== refs[i]) table.put(i, refs[i]);
  };
}
