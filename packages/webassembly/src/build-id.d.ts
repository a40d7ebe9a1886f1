/** Made by scripts/bundle-page.mjs: another one for each compiler that makes other code. */
declare const buildId: string;
export default buildId;
