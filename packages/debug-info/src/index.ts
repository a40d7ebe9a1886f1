export { type DebugListing, describeDebugInfo } from './describe.js';
export { codeRange, DwarfPlaces, dwarfSections, pathUrl } from './dwarf.js';
export { DwarfError } from './dwarf-reader.js';
export { ListingPlaces } from './listing.js';
export { type MapInput, type MapResult, type MarkFormat, moduleMap, sourceMap } from './map.js';
export { externalDebugInfo, MappedPlaces, sourceMappingUrl } from './mapped.js';
export { customSection, type Places } from './places.js';
