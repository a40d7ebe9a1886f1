/** Runs a task of `package-tasks.mjs`: `args` are its name and its size. */
import { tasks } from '../package-tasks.mjs';

/** The step of a task. */
export default async (context) => {
  const [task, size] = context.program.args;
  return tasks[task](context, Number(size));
};
