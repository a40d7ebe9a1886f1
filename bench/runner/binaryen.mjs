/**
 * What Binaryen's output needs beside it to stand where a WebAssembly module stood: it takes and gives
 * 64-bit integers as halves, and names are mangled.
 * @param asmFunc its function
 * @param shape `imports`: [module, name, parameters, whether the result is i64]; `exports`: [name,
 *   parameters]; parameters as text, one letter each, `j` for i64
 */
export const adapted = (asmFunc, { imports: wanted, exports: names }) => {
  const mangled = (name) => name.replace(/[^\w$]/g, '_');
  const joined = (target, params, wide, env) =>
    params.includes('j') || wide
      ? (...halves) => {
          let at = 0;
          const args = Array.from(params, (kind) => {
            const low = halves[at++];
            if (kind !== 'j') return low;
            return (BigInt(halves[at++] | 0) << 32n) | BigInt(low >>> 0);
          });
          const result = target(...args);
          if (!wide) return result;
          env.setTempRet0(Number(BigInt.asIntN(32, result >> 32n)));
          return Number(BigInt.asIntN(32, result));
        }
      : target;
  const split = (target, params) =>
    params.includes('j')
      ? (...args) =>
          target(
            ...Array.from(params, (kind, i) =>
              kind === 'j'
                ? [Number(BigInt.asIntN(32, args[i])), Number(BigInt.asIntN(32, args[i] >> 32n))]
                : args[i],
            ).flat(),
          )
      : target;
  return (imports) => {
    const given = { ...imports };
    for (const [module, name, params, wide] of wanted) {
      if (given[module] === imports[module]) given[module] = { ...imports[module] };
      given[module][name] = joined(imports[module][name], params, wide, imports.env);
    }
    const exports = asmFunc(given);
    const result = { ...exports };
    for (const [name, params] of names) result[name] = split(exports[mangled(name)], params);
    return result;
  };
};
