// How every bundle of the platform is built; each says what goes in and what comes out.
import { build } from "vite";

/** Into `bundle` of the app's folder, which is not emptied: several come to lie there. */
export function viteBuild(folder, plugin, input, output) {
  return build({
    configFile: false,
    root: folder,
    logLevel: "warn",
    plugins: [plugin],
    build: {
      ssr: true,
      target: "node24",
      outDir: "bundle",
      emptyOutDir: false,
      sourcemap: false,
      rolldownOptions: {
        input,
        output: {
          // Less to read and to hash at each start; names and lines stay for who reads a stack trace.
          minify: { compress: true, mangle: false, codegen: { removeWhitespace: false } },
          ...output,
        },
        onwarn(warning, warn) {
          if (warning.code !== "INEFFECTIVE_DYNAMIC_IMPORT") warn(warning);
        },
      },
    },
    ssr: { noExternal: true },
  });
}
