// Uses a component's functions: gets the text of a function and the exports that it is given, prints what it gives as a
// line of JSON.

/** @param text of a function that names nothing but what it is given */
export const tellUse = async (text, exports) => {
  const use = Function(`return (${text})`)();
  console.log(JSON.stringify(await use(exports)));
};
