/** The set-up cannot go on: the fact in `message`, and what to do in `fix`. */
export class SetupFailure extends Error {
  name = "SetupFailure";

  constructor(message, fix) {
    super(message);
    this.fix = fix;
  }
}
