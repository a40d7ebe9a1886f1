export const base = () => 30;
