/** One thing of a directory tree that goes into an archive. Paths are relative, with `/`, and have no `.` or `..`. */
export type TreeEntry =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | {
      readonly kind: "file";
      readonly path: string;
      readonly absolute: string;
      readonly sizeBytes: number;
      readonly executable: boolean;
    };
