export { BuilderError, type BuilderErrorCode } from "./builder-error.ts";
export { ARTEFACT_LIMITS, SOURCE_LIMITS, type ArchiveLimits } from "./archive/limits.ts";
export {
  checkedTar,
  extractArchive,
  type ArchiveContent,
  type ExtractOptions,
  type ReadOptions,
} from "./archive/read-archive.ts";
export { packArtefact, type PackOptions } from "./archive/pack-artefact.ts";
export { packSource, type PackedSource, type PackSourceOptions } from "./archive/pack-source.ts";
export { storeSource } from "./archive/store-source.ts";
export { BlobStore, type BlobReceipt, type PutOptions } from "./blobs/blob-store.ts";
export { digestOf } from "./blobs/digesting.ts";
export { DiskBlobStore } from "./blobs/disk-blob-store.ts";
export { MemoryBlobStore } from "./blobs/memory-blob-store.ts";
export { BuildSandbox, type SandboxCommand } from "./build/build-sandbox.ts";
export { detect, type DetectOptions } from "./detect/detect.ts";
export { DirectoryTree } from "./detect/directory-tree.ts";
export { thisPlatform, type Platform } from "./detect/platform.ts";
export { MemoryTree, SourceTree } from "./detect/source-tree.ts";
export { ManifestError, type ManifestProblem } from "./manifest/manifest-error.ts";
export { MANIFEST_FILES, readManifest } from "./manifest/read-manifest.ts";
export { buildSource, type BuildOptions, type BuiltArtefact } from "./build/build-source.ts";
export { BuildFailure, BuildTimeout } from "./build/build-failure.ts";
export { compareBuilds, type ComparedBuild, type CompareOptions } from "./build/compare-builds.ts";
export { DependencyCache } from "./build/dependency-cache.ts";
export { staticServerFile } from "./build/static-artefact.ts";
export { sbomOf, type Sbom, type SbomSubject } from "./sbom/sbom-of.ts";
