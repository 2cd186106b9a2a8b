import { blobStoreContract } from "./blob-store.contract.fixture.ts";
import { MemoryBlobStore } from "./memory-blob-store.ts";

blobStoreContract("memory", () => Promise.resolve(new MemoryBlobStore()));
