import { mod, N, P, type Point, power } from "./p256-point.ts";

const G: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

/** Jacobian coordinates: (X/Z², Y/Z³); Z = 0 is the neutral element. */
interface Jacobian {
  readonly x: bigint;
  readonly y: bigint;
  readonly z: bigint;
}

const NEUTRAL: Jacobian = { x: 1n, y: 1n, z: 0n };

/** dbl-2001-b of the Explicit-Formulas Database, for a = -3. */
function double({ x, y, z }: Jacobian): Jacobian {
  const delta = (z * z) % P;
  const gamma = (y * y) % P;
  const beta = (x * gamma) % P;
  const alpha = mod(3n * (x - delta) * (x + delta), P);
  const x3 = mod(alpha * alpha - 8n * beta, P);
  const z3 = mod((y + z) * (y + z) - gamma - delta, P);
  return { x: x3, y: mod(alpha * (4n * beta - x3) - 8n * gamma * gamma, P), z: z3 };
}

/** The general sum, with its exceptions: the neutral element, equal points and opposite ones. */
function add(a: Jacobian, b: Jacobian): Jacobian {
  if (a.z === 0n) return b;
  if (b.z === 0n) return a;
  const [z1, z2] = [(a.z * a.z) % P, (b.z * b.z) % P];
  const [u1, u2] = [(a.x * z2) % P, (b.x * z1) % P];
  const [s1, s2] = [(a.y * b.z * z2) % P, (b.y * a.z * z1) % P];
  if (u1 === u2) return s1 === s2 ? double(a) : NEUTRAL;
  const h = mod(u2 - u1, P);
  const r = mod(s2 - s1, P);
  const h2 = (h * h) % P;
  const h3 = (h * h2) % P;
  const v = (u1 * h2) % P;
  const x = mod(r * r - h3 - 2n * v, P);
  return { x, y: mod(r * (v - x) - s1 * h3, P), z: (h * a.z * b.z) % P };
}

/**
 * The public point of a secret: a Montgomery ladder, which does the same steps for every scalar. JavaScript's integers take
 * a time that depends on their values all the same; secrets that must not leak by time belong behind a `Signer`. WebCrypto
 * cannot derive a public key, hence this. `undefined` unless 0 < scalar < n.
 */
export function publicPoint(scalar: bigint): Point | undefined {
  if (scalar <= 0n || scalar >= N) return undefined;
  let [low, high]: [Jacobian, Jacobian] = [NEUTRAL, { ...G, z: 1n }];
  for (let bit = 255n; bit >= 0n; bit--) {
    const sum = add(low, high);
    if (((scalar >> bit) & 1n) === 0n) [low, high] = [double(low), sum];
    else [low, high] = [sum, double(high)];
  }
  const inverse = power(low.z, P - 2n, P);
  const square = (inverse * inverse) % P;
  return { x: (low.x * square) % P, y: (low.y * square * inverse) % P };
}
