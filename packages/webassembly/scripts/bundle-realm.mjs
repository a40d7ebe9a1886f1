// Makes dist/realm.js of the support library of emitted modules: the realm's classes, which the object and
// compiled modules share. Run after the TypeScript build. See src/realm.d.ts for what is exported.
import { mkdirSync, writeFileSync } from 'node:fs';
import { realmSource } from '@wasm2js/codegen';

/** What the package uses, by the name under which it is exported. */
const EXPORTS = {
  Memory: 'Memory',
  Table: 'Table',
  Global: 'Global',
  Tag: 'Tag',
  Exception: 'Exception',
  jsTag: '_js_tag',
  errorClass: '_error_class',
  checkImports: '_check_imports',
  importValue: '_import',
  incompatible: '_incompatible',
  describe: '_describe',
  rawFunction: '_raw_func',
  functionMatches: '_func_matches',
  functionType: '_func_type',
  typedFunction: '_typed_function',
  memories: '_memories',
  Suspending: '_Suspending',
  promising: '_promising',
  suspends: '_suspends',
};

const folder = new URL('../dist/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('realm.js', folder), realmSource(EXPORTS));
