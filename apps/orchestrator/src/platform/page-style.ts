/** The one style sheet of the platform's page: light and dark, readable from 320 px, contrast of at least 4.5:1. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1e1c19, #ece8e1);
  --dim: light-dark(#625c53, #aaa294);
  --ground: light-dark(#f7f4ef, #161513);
  --card: light-dark(#ffffff, #211f1c);
  --line: light-dark(#ddd6ca, #3d3932);
  --stone: light-dark(#a1431f, #f0a17c);
  --well: light-dark(#1c6a3a, #85d4a0);
  --ill: light-dark(#a01c1c, #ff9f96);
  font: 1rem/1.55 system-ui, sans-serif;
}
body { background: var(--ground); color: var(--ink); margin: 0 auto; max-width: 46rem; padding: clamp(1rem, 4vw, 2.5rem) 1rem }
header { align-items: center; display: flex; gap: 1rem; margin-bottom: 1.5rem }
header svg { color: var(--stone); flex: none; height: 3.2rem; width: 3.2rem }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 }
h2 { font-size: 1.1rem; margin: 0 0 0.6rem }
p { margin: 0.3rem 0 0 }
section { background: var(--card); border: 1px solid var(--line); border-radius: 0.6rem; margin-top: 1rem; padding: 1.2rem clamp(0.8rem, 4vw, 1.6rem) }
table { border-collapse: collapse; width: 100% }
th, td { border-top: 1px solid var(--line); padding: 0.45rem 0.6rem 0.45rem 0; text-align: left; vertical-align: baseline }
thead th { border: 0; font-size: 0.85rem }
thead th, td:last-child, .dim { color: var(--dim); font-weight: 400 }
tbody th { font-weight: 600 }
.well::before, .ill::before { content: "\\25cf\\a0" }
.well { color: var(--well) }
.ill { color: var(--ill) }
dl { column-gap: 1.5rem; display: grid; grid-template-columns: max-content 1fr; margin: 0.7rem 0 0; row-gap: 0.5rem }
dd { color: var(--dim); margin: 0 }
code { font: 0.95em ui-monospace, monospace; overflow-wrap: anywhere }
dt code { color: var(--stone); font-weight: 600 }
@media (max-width: 30rem) {
  dl { grid-template-columns: 1fr; row-gap: 0.1rem }
  dd { margin-bottom: 0.6rem }
  table { font-size: 0.85rem }
}
`;
