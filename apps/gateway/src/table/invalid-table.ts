/** A table that cannot be put into force; the one before it stays. */
export class InvalidTable extends Error {
  override readonly name = "InvalidTable";
}
